// A module that does next to nothing: what remains is what a module costs.
#include <tined/module.hpp>

namespace {

class Trivial {
 public:
  static tined::Response Answer(const tined::Request&) {
    return tined::Response::Text(std::string(1024, 'x'));
  }
};

}  // namespace

TINED_MODULE(Trivial, "trivial")
