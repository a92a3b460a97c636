// The operator's pages for what went wrong (`errors`), in place of the line of text that says so;
// status and fields stay. Read when a worker starts, then constant. Worker's loop thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "answer/answer.hpp"
#include "config/model.hpp"
#include "config/variable_text.hpp"
#include "http/request.hpp"

namespace tined::exchange {

class ErrorPages {
 public:
  /// A page in `own` comes before one in `general`, and one for a status before one for its class.
  /// Either may be null. Throws std::system_error or std::runtime_error when a page cannot be read.
  ErrorPages(const config::Errors* general, const config::Errors* own);

  [[nodiscard]] bool is_empty() const noexcept { return pages_.empty(); }
  /// Whether that fact of a request is needed.
  [[nodiscard]] bool Uses(config::Fact fact) const;
  void Apply(const http::Request& request, answer::Answer& answer) const;

 private:
  struct Page {
    std::string type;
    std::vector<config::TextPiece> pieces;
  };
  void Add(const config::Errors& errors);
  [[nodiscard]] const Page* For(int status) const;

  std::map<std::string, Page, std::less<>> pages_;  ///< by "404" or "4xx"
  bool intercepts_ = false;
};

}  // namespace tined::exchange
