// A module whose Start() does not come back for as long as a file exists, `hold` in its settings.
#include <unistd.h>

#include <filesystem>
#include <tined/module.hpp>

namespace {

class Starts {
 public:
  explicit Starts(const tined::Settings& settings) : hold_(settings.Text("hold", "")) {
    settings.Allow({"hold"});
  }

  void Start() const {
    if (!std::filesystem::exists(hold_)) return;
    for (;;) ::pause();
  }

  tined::Response Answer(const tined::Request&) const { return tined::Response::Text("started\n"); }

 private:
  const std::filesystem::path hold_;
};

}  // namespace

TINED_MODULE(Starts, "starts")
