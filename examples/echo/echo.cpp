// Sends back what it is sent: the body of a request, or the bytes of a stream, which stays open.
//
//   - {path: /echo, module: {file: echo.so}}
//   - {name: echo, address: "127.0.0.1:7007", stream: {module: {file: echo.so}}}
#include <tined/module.hpp>

namespace {

class Echo {
 public:
  tined::Response Answer(const tined::Request& request) const {
    const std::string_view type = request.Header("Content-Type").value_or("text/plain");
    return tined::Response::Bytes(std::string(request.body()), std::string(type));
  }

  tined::Reply Receive(const tined::Message& message) const {
    return {std::string(message.bytes())};
  }
};

}  // namespace

TINED_MODULE(Echo, "echo")
