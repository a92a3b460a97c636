// A module whose Start() does not come back if a file exists, `hold` in its settings, or for as
// long as another exists, `wait`; and throws if there is a third, `fail`.
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <thread>
#include <tined/module.hpp>

namespace {

class Starts {
 public:
  explicit Starts(const tined::Settings& settings)
      : hold_(settings.Text("hold", "")),
        wait_(settings.Text("wait", "")),
        fail_(settings.Text("fail", "")) {
    settings.Allow({"hold", "wait", "fail"});
  }

  void Start() const {
    while (std::filesystem::exists(wait_)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (std::filesystem::exists(fail_)) throw std::runtime_error("there is a file `fail`");
    if (!std::filesystem::exists(hold_)) return;
    for (;;) ::pause();
  }

  tined::Response Answer(const tined::Request&) const { return tined::Response::Text("started\n"); }

 private:
  const std::filesystem::path hold_;
  const std::filesystem::path wait_;
  const std::filesystem::path fail_;
};

}  // namespace

TINED_MODULE(Starts, "starts")
