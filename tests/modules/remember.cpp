// A stream whose connections remember how much they were told to: "grow N\n" answers how much it is
// now. `refuse: true` closes each connection as it opens; `open_ms` is how long that takes,
// `opened` is said then.
#include <chrono>
#include <stdexcept>
#include <thread>
#include <tined/module.hpp>

namespace {

class Remember {
 public:
  explicit Remember(const tined::Settings& settings)
      : refuses_(settings.Boolean("refuse", false)), opens_in_(settings.Integer("open_ms", 0)) {
    settings.Allow({"refuse", "open_ms"});
  }

  tined::Reply Open(const tined::Message&) const {
    if (refuses_) return {.closes = true};
    if (opens_in_.count() == 0) return {};
    std::this_thread::sleep_for(opens_in_);
    return {"opened\n"};
  }

  tined::Reply Receive(const tined::Message& message) const {
    const std::string_view bytes = message.bytes();
    if (bytes.back() != '\n') return tined::Reply::Incomplete();
    if (!bytes.starts_with("grow ")) throw std::runtime_error("what?");
    const auto more = static_cast<std::size_t>(std::stoul(std::string(bytes.substr(5))));
    std::string state = std::string(message.state()) + std::string(more, 'x');
    return {.bytes = std::to_string(state.size()) + "\n", .state = state};
  }

 private:
  const bool refuses_;
  const std::chrono::milliseconds opens_in_;
};

}  // namespace

TINED_MODULE(Remember, "remember")
