// Addresses of sockets, of those that listen here and of servers that are asked. Part of the model
// (model.hpp).
#pragma once

#include <cstdint>
#include <string>

namespace tined::config {

/// The address of a socket, in one spelling and taken apart.
struct Address {
  enum class Kind { tcp, unix_path, systemd };
  Kind kind = Kind::tcp;
  std::string text;        ///< "0.0.0.0:8080", "[::1]:80", "unix:/run/x", "systemd:web"; equal
                           ///< addresses have equal texts
  std::string host;        ///< tcp: a numeric address without brackets
  std::uint16_t port = 0;  ///< tcp; 0: one of the kernel's choice, where somebody is to listen
  std::string name;        ///< unix_path: the path; systemd: the socket's name

  bool operator==(const Address&) const = default;
};

}  // namespace tined::config
