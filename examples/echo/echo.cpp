// Sends back what it is sent: the body of a request.
//
//   - {path: /echo, module: {file: echo.so}}
#include <tined/module.hpp>

namespace {

class Echo {
 public:
  tined::Response Answer(const tined::Request& request) const {
    const std::string_view type = request.Header("Content-Type").value_or("text/plain");
    return tined::Response::Bytes(std::string(request.body()), std::string(type));
  }
};

}  // namespace

TINED_MODULE(Echo, "echo")
