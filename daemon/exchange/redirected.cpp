#include "exchange/redirected.hpp"

#include <utility>

#include "base/log.hpp"
#include "http/target.hpp"

namespace tined::exchange {
namespace {

/// Requests answered in place of one another before that is taken for a circle.
constexpr int kMostRedirects = 5;

}  // namespace

bool Redirected::Follow(const http::Request& asked, answer::Redirection wish) {
  target_ = std::move(wish.target);
  if (wish.place) place_ = std::move(wish.place);
  const bool is_head = asked.method == http::Method::head;
  const http::Method method = is_head ? http::Method::head : http::Method::get;
  http::Target parsed;
  if (++times_ > kMostRedirects || target_.front() != '/' ||
      !http::ParseTarget(method, target_, parsed, path_)) {
    log::Error("a handler redirects to what cannot be answered",
               {{"route", wish.route},
                log::IfAny("program", wish.program),
                {"pid", wish.pid},
                {"target", asked.target},
                {"redirect", target_},
                {"times", times_}});
    return false;
  }
  request_ = asked;
  request_.method = method;
  request_.method_text = is_head ? "HEAD" : "GET";
  request_.target = target_;
  request_.path = parsed.path;
  request_.raw_path = parsed.raw_path;
  request_.has_encoded_slash = parsed.has_encoded_slash;
  request_.query = parsed.query;
  request_.has_query = parsed.has_query;
  request_.body = {};
  lines_ = std::move(wish.lines);
  request_.answer_lines = lines_;
  return true;
}

}  // namespace tined::exchange
