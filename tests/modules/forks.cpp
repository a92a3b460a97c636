// Tells what it has heard of forks, and in which order two of its kind did: each writes a letter of
// its own into a word that both share.
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <tined/module.hpp>

namespace {

/// Of this process and what it was forked from.
std::string heard;

class Forks {
 public:
  explicit Forks(const tined::Settings& settings)
      : letter_(settings.Text("letter", "a")), made_in_(::getpid()) {
    settings.Allow({"letter", "throws"});
    throws_ = settings.Boolean("throws", false);
  }

  void BeforeFork() {
    heard += letter_ + "<";
    if (throws_) throw std::runtime_error("not now");
  }
  void AfterFork(bool is_executor) {
    const bool is_right = is_executor == (::getpid() != made_in_);
    heard += letter_ + (!is_right ? "?" : is_executor ? "!" : ">");
  }
  void Start() const { heard += letter_ + "s"; }

  tined::Response Answer(const tined::Request&) const { return tined::Response::Text(heard); }

 private:
  std::string letter_;
  pid_t made_in_;
  bool throws_ = false;
};

}  // namespace

TINED_MODULE(Forks, "forks")
