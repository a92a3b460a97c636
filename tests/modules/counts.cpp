// Adds the request's target to a file, as a line, each time it is asked, and answers with the size
// of the request's body: tells how often a request was run.
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <tined/module.hpp>

namespace {

class Counts {
 public:
  explicit Counts(const tined::Settings& settings) : file_(settings.Text("file", "")) {
    settings.Allow({"file"});
  }

  tined::Response Answer(const tined::Request& request) const {
    const int file = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    const std::string line = std::string(request.target()) + "\n";
    (void)!::write(file, line.data(), line.size());
    ::close(file);
    return tined::Response::Text("body of " + std::to_string(request.body().size()) + "\n");
  }

 private:
  const std::string file_;
};

}  // namespace

TINED_MODULE(Counts, "counts")
