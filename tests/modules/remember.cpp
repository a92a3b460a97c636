// A stream whose connections remember how much they were told to: "grow N\n" answers how much it is
// now. `refuse: true` closes each connection as it opens.
#include <stdexcept>
#include <tined/module.hpp>

namespace {

class Remember {
 public:
  explicit Remember(const tined::Settings& settings) : refuses_(settings.Boolean("refuse", false)) {
    settings.Allow({"refuse"});
  }

  tined::Reply Open(const tined::Message&) const { return {.closes = refuses_}; }

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
};

}  // namespace

TINED_MODULE(Remember, "remember")
