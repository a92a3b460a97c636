#include "http/method.hpp"

#include <utility>

namespace tined::http {

Method MethodOf(std::string_view text) noexcept {
  // The commonest first.
  static constexpr std::pair<std::string_view, Method> kMethods[] = {
      {"GET", Method::get},     {"POST", Method::post},       {"HEAD", Method::head},
      {"PUT", Method::put},     {"DELETE", Method::del},      {"OPTIONS", Method::options},
      {"PATCH", Method::patch}, {"CONNECT", Method::connect}, {"TRACE", Method::trace},
  };
  for (const auto& [name, method] : kMethods) {
    if (text == name) return method;
  }
  return Method::other;
}

}  // namespace tined::http
