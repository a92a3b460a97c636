// The request that is answered in another one's place (answer::Redirection). The one that was asked
// stays what it is, for the log and if it has to be run again. Worker's loop thread.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "answer/exchange.hpp"
#include "exchange/place.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class Redirected {
 public:
  /// Makes it a GET (of a HEAD: a HEAD) of what is wished for, in place of `asked`, whose fields it
  /// goes on to have. False: that is no path, or there have been too many such wishes; the log has
  /// been told.
  [[nodiscard]] bool Follow(const http::Request& asked, answer::Redirection wish);

  /// What the request that was asked takes up is taken up until the answer has been made, however
  /// late that is.
  void Keep(answer::Exchange& exchange) noexcept {
    KeepPlace(std::exchange(place_, nullptr), exchange);
  }
  /// Whether there has been a wish.
  [[nodiscard]] explicit operator bool() const noexcept { return times_ > 0; }
  /// Borrows what `asked` did, and from this object.
  [[nodiscard]] const http::Request& request() const noexcept { return request_; }

 private:
  std::string target_;
  std::string path_;   ///< of the target, where it had to be decoded
  std::string lines_;  ///< what its answer is to say
  http::Request request_;
  std::shared_ptr<const void> place_;
  int times_ = 0;
};

}  // namespace tined::exchange
