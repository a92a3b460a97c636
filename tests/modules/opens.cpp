// Opens the file that a request's query names, and answers with what came of it: "open" or the
// reason. Refuses its configuration when it can read the file of the setting `closed`.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>
#include <tined/module.hpp>

namespace {

std::string Open(const std::string& path) {
  errno = 0;
  const std::ifstream file(path);
  return file ? "open" : std::strerror(errno);
}

class Opens {
 public:
  explicit Opens(const tined::Settings& settings) {
    settings.Allow({"closed"});
    const std::string closed(settings.Text("closed", ""));
    if (!closed.empty() && Open(closed) == "open") throw std::runtime_error(closed + " is open");
  }

  static tined::Response Answer(const tined::Request& request) {
    return tined::Response::Text(Open(std::string(request.query())));
  }
};

}  // namespace

TINED_MODULE(Opens, "opens")
