// Which certificates are offered to a client that asks for a host (SNI, RFC 6066): those of exactly
// this name, beside them those of a wildcard that covers it (one label, RFC 6125, 6.4.3), and of
// each kind of key the first. Decisions alone; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tined::handshake {

class ServerNames {
 public:
  /// Certificates by their places, one of each kind of key.
  using Offer = std::vector<std::size_t>;

  /// The next certificate: its names in lower case, and the kind of its key.
  void Add(const std::vector<std::string>& names, int kind);

  /// What is offered for a host, which may have capitals and a dot at its end; nothing when no
  /// certificate has that name.
  [[nodiscard]] std::optional<Offer> Find(std::string_view host) const;
  /// What is offered to a client that asks for nothing known: the first certificate and those of
  /// other kinds for the first of its names.
  [[nodiscard]] Offer Default() const;

 private:
  using Names = std::map<std::string, Offer, std::less<>>;

  void Append(Offer& offer, const Names::const_iterator& found) const;

  Names names_;  ///< wildcards with their `*`
  std::vector<int> kinds_;
  std::string first_name_;
};

}  // namespace tined::handshake
