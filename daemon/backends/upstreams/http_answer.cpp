#include "backends/upstreams/http_answer.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "http/field_lines.hpp"
#include "http/list.hpp"
#include "http/status.hpp"
#include "http/target.hpp"

namespace tined::backends {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using BeastError = beast::http::error;
using BeastName = beast::http::field;
using BeastView = beast::string_view;

constexpr int kMostFields = 256;
constexpr int kMostInterimAnswers = 16;
constexpr std::size_t kShortestEnd = std::string_view("0\r\n\r\n").size();

std::string_view View(BeastView text) { return {text.data(), text.size()}; }

}  // namespace

/// Collects what basic_parser finds: the head, later the data of chunks.
class HttpAnswer::Grammar final : public beast::http::basic_parser<false> {
 public:
  explicit Grammar(bool is_head) {
    header_limit(kLongestHead);
    // basic_parser compares the limit with lengths, and nothing is less than boost::none.
    body_limit(std::numeric_limits<std::uint64_t>::max());
    skip(is_head);
  }

  struct Field {
    std::size_t at;  ///< where its line begins in `lines`
    std::size_t name_size;
  };
  /// Where the data of chunks goes.
  void SetRoom(std::span<char> room) noexcept {
    room_ = room;
    written_ = 0;
  }
  [[nodiscard]] std::size_t written() const noexcept { return written_; }
  [[nodiscard]] bool is_full() const noexcept { return written_ == room_.size(); }
  [[nodiscard]] bool is_inside_chunk() const noexcept { return chunk_left_ > 0; }

  int status = 0;
  int version = 0;
  std::string lines;
  std::vector<Field> fields;
  std::vector<std::string> options;  ///< of Connection
  std::string redirect;
  bool has_coding = false;  ///< a Transfer-Encoding
  bool has_two_redirects = false;
  bool has_strange_coding = false;  ///< other than chunked alone

 protected:
  void on_response_impl(int code, BeastView, int its_version, error_code&) override {
    status = code;
    version = its_version;
  }
  void on_field_impl(BeastName id, BeastView name, BeastView value, error_code& error) override {
    // What follows the last chunk is nobody's.
    if (is_header_done()) return;
    if (++field_count_ > kMostFields || lines.size() > kLongestHead) {
      error = BeastError::header_limit;
      return;
    }
    switch (id) {
      case BeastName::connection:
        http::ForEachListElement(View(value),
                                 [&](std::string_view each) { options.emplace_back(each); });
        return;
      case BeastName::transfer_encoding:
        has_strange_coding |= has_coding || !http::EqualsIgnoreCase(View(value), "chunked");
        has_coding = true;
        return;
      case BeastName::keep_alive:
      case BeastName::proxy_connection:
      case BeastName::proxy_authenticate:
      case BeastName::te:
      case BeastName::trailer:
      case BeastName::upgrade:
      case BeastName::content_length:
      case BeastName::date:
      case BeastName::server:
        return;
      default:
        break;
    }
    if (http::EqualsIgnoreCase(View(name), "X-Accel-Redirect")) {
      has_two_redirects |= !redirect.empty();
      redirect = View(value);
    }
    fields.push_back({lines.size(), name.size()});
    lines.append(View(name)).append(": ").append(View(value)).append("\r\n");
  }
  void on_header_impl(error_code&) override {}
  void on_request_impl(beast::http::verb, BeastView, BeastView, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t size, BeastView, error_code&) override {
    chunk_left_ = size;
  }
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView data, error_code&) override {
    const std::size_t size = std::min(data.size(), room_.size() - written_);
    std::copy_n(data.data(), size, room_.data() + written_);
    written_ += size;
    chunk_left_ -= size;
    return size;
  }
  void on_finish_impl(error_code&) override {}

 private:
  int field_count_ = 0;
  std::span<char> room_;
  std::size_t written_ = 0;
  std::uint64_t chunk_left_ = 0;
};

HttpAnswer::HttpAnswer(bool is_head, bool takes_redirects)
    : is_head_(is_head),
      takes_redirects_(takes_redirects),
      grammar_(std::make_unique<Grammar>(is_head)) {}

HttpAnswer::~HttpAnswer() = default;

void HttpAnswer::Break(std::string_view fault) {
  state_ = State::broken;
  fault_ = fault;
}

AnswerReader::Taken HttpAnswer::Take(std::string_view input, std::span<char> room) {
  switch (state_) {
    case State::head:
      return {TakeHead(input), 0};
    case State::body:
      break;
    case State::complete:
    case State::broken:
      return {};
  }
  if (framing_ == Framing::chunked) return TakeChunks(input, room);
  const auto size = static_cast<std::size_t>(
      std::min({std::uint64_t{input.size()}, std::uint64_t{room.size()}, verbatim()}));
  std::copy_n(input.data(), size, room.data());
  TakeVerbatim(size);
  return {size, size};
}

/// Fields are taken one by one as they come. Answers that are not final (1xx) are passed over.
std::size_t HttpAnswer::TakeHead(std::string_view input) {
  error_code error;
  const std::size_t taken =
      grammar_->put(boost::asio::const_buffer(input.data(), input.size()), error);
  if (error == BeastError::need_more) return taken;
  if (error) {
    Break(error.message());
  } else {
    Judge();
  }
  return taken;
}

void HttpAnswer::Judge() {
  const int status = grammar_->status;
  if (grammar_->version / 10 != 1) return Break("it is of another version of HTTP");
  if (status < 100 || status > 599 || status == 101) {
    return Break("its status is not one of an answer");
  }
  if (status < 200) {
    if (++interim_answers_ > kMostInterimAnswers) return Break("it has too many interim answers");
    grammar_ = std::make_unique<Grammar>(is_head_);
    return;
  }
  if (takes_redirects_ && grammar_->has_two_redirects) return Break("it redirects to two places");
  Frame();
  if (state_ == State::broken) return;
  keeps_connection_ = grammar_->keep_alive() && framing_ != Framing::until_end;
  head_.status = status;
  head_.lines = std::move(grammar_->lines);
  // What Connection names is for this connection alone (RFC 9110, 7.6.1): from behind, so that
  // places in front stay.
  for (auto field = grammar_->fields.rbegin(); field != grammar_->fields.rend(); ++field) {
    const std::string_view name = std::string_view(head_.lines).substr(field->at, field->name_size);
    const bool is_own = http::EqualsIgnoreCase(name, "X-Accel-Redirect") && takes_redirects_;
    const bool is_option = std::any_of(
        grammar_->options.begin(), grammar_->options.end(),
        [name](const std::string& option) { return http::EqualsIgnoreCase(option, name); });
    if (!is_own && !is_option) continue;
    head_.lines.erase(field->at, head_.lines.find("\r\n", field->at) + 2 - field->at);
  }
  if (takes_redirects_) head_.local_redirect = std::move(grammar_->redirect);
  if (framing_ != Framing::chunked) grammar_.reset();
}

/// RFC 9112, 6.3.
void HttpAnswer::Frame() {
  const auto length = grammar_->content_length();
  if (grammar_->has_strange_coding || (grammar_->has_coding && grammar_->version < 11)) {
    return Break("its Transfer-Encoding is not one that is known");
  }
  if (grammar_->has_coding && length) return Break("it has two lengths");
  state_ = State::body;
  if (length && !grammar_->has_coding) head_.length = *length;
  if (is_head_ || http::HasNoContent(grammar_->status)) {
    state_ = State::complete;
  } else if (grammar_->has_coding) {
    framing_ = Framing::chunked;
  } else if (length) {
    left_ = *length;
    if (left_ == 0) state_ = State::complete;
  } else {
    framing_ = Framing::until_end;
  }
}

AnswerReader::Taken HttpAnswer::TakeChunks(std::string_view input, std::span<char> room) {
  Taken taken;
  grammar_->SetRoom(room);
  while (!grammar_->is_full()) {
    const std::string_view rest = input.substr(taken.input);
    // So much comes at least, behind the data of a chunk; basic_parser counts on that when it looks
    // at the last one a second time.
    if (rest.empty() || (!grammar_->is_inside_chunk() && rest.size() < kShortestEnd)) break;
    error_code error;
    taken.input += grammar_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    if (grammar_->is_done()) {
      state_ = State::complete;
      break;
    }
    if (error == BeastError::need_more) break;
    if (error) {
      Break(error.message());
      break;
    }
  }
  taken.body = grammar_->written();
  return taken;
}

void HttpAnswer::OnEnd() noexcept {
  if (state_ == State::body && framing_ == Framing::until_end) {
    state_ = State::complete;
  } else if (state_ != State::complete) {
    state_ = State::broken;
    // Short enough to need no memory but its own.
    fault_ = "closed early";
  }
}

std::uint64_t HttpAnswer::verbatim() const noexcept {
  if (state_ != State::body || framing_ == Framing::chunked) return 0;
  return framing_ == Framing::until_end ? std::numeric_limits<std::uint64_t>::max() : left_;
}

void HttpAnswer::TakeVerbatim(std::uint64_t size) noexcept {
  if (framing_ != Framing::length) return;
  left_ -= size;
  if (left_ == 0) state_ = State::complete;
}

}  // namespace tined::backends
