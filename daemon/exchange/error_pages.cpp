#include "exchange/error_pages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "exchange/request_facts.hpp"
#include "handlers/media_types.hpp"

namespace tined::exchange {
namespace {

std::string ContentsOf(const std::string& path) {
  const std::string what = "the page " + path;
  // What is put there must not be waited for.
  const Descriptor file(Check(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), what));
  struct stat status {};
  Check(::fstat(file.get(), &status), what);
  if (!S_ISREG(status.st_mode)) throw std::runtime_error(what + " is no regular file");
  std::string contents(config::kLargestPage.count + 1, '\0');
  std::size_t size = 0;
  while (size < contents.size()) {
    const ssize_t got = ::read(file.get(), contents.data() + size, contents.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (Check(got, what) == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size == contents.size()) {
    throw std::runtime_error(
        fmt::format("{} has more than {} bytes", what, config::kLargestPage.count));
  }
  contents.resize(size);
  return contents;
}

/// Whether variables are looked for in it.
bool IsMarkup(std::string_view type) {
  return type.starts_with("text/html") || type.starts_with("application/xhtml") ||
         type.find("xml") != std::string_view::npos;
}

}  // namespace

ErrorPages::ErrorPages(const config::Errors* general, const config::Errors* own) {
  if (general != nullptr) Add(*general);
  if (own != nullptr) Add(*own);
}

void ErrorPages::Add(const config::Errors& errors) {
  intercepts_ = errors.intercept;
  for (const config::Setting& page : errors.pages.items) {
    Page read{handlers::MediaType(page.text), {}};
    std::string contents = ContentsOf(page.text);
    if (IsMarkup(read.type)) {
      read.pieces = config::ParsePage(contents);
    } else {
      read.pieces.push_back({std::move(contents), {}});
    }
    pages_.insert_or_assign(page.key, std::move(read));
  }
}

const ErrorPages::Page* ErrorPages::For(int status) const {
  const std::string name = std::to_string(status);
  auto found = pages_.find(name);
  if (found == pages_.end()) found = pages_.find(name.substr(0, 1) + "xx");
  return found == pages_.end() ? nullptr : &found->second;
}

bool ErrorPages::Uses(config::Fact fact) const {
  return std::any_of(pages_.begin(), pages_.end(),
                     [&](const auto& page) { return config::Has(page.second.pieces, fact); });
}

void ErrorPages::Apply(const http::Request& request, answer::Answer& answer) const {
  if (answer.status < 400 || pages_.empty()) return;
  if (!answer.is_bare && !intercepts_) return;
  const Page* const page = For(answer.status);
  if (page == nullptr) return;
  // What described the content that was there.
  for (const std::string_view name :
       {"Content-Type", "Content-Encoding", "Content-Language", "ETag", "Last-Modified"}) {
    answer.fields.Remove(name);
  }
  answer.fields.Add("Content-Type", page->type);
  answer.body = answer::Bytes{{}, ExpandedPage(page->pieces, request, answer.status)};
}

}  // namespace tined::exchange
