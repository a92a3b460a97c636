#include "handshake/server_names.hpp"

#include <algorithm>

#include "base/characters.hpp"

namespace tined::handshake {

void ServerNames::Add(const std::vector<std::string>& names, int kind) {
  const std::size_t place = kinds_.size();
  if (place == 0 && !names.empty()) first_name_ = names.front();
  kinds_.push_back(kind);
  for (const std::string& name : names) names_[name].push_back(place);
}

void ServerNames::Append(Offer& offer, const Names::const_iterator& found) const {
  if (found == names_.end()) return;
  for (const std::size_t place : found->second) {
    const bool is_new = std::none_of(offer.begin(), offer.end(), [&](std::size_t other) {
      return kinds_[other] == kinds_[place];
    });
    if (is_new) offer.push_back(place);
  }
}

std::optional<ServerNames::Offer> ServerNames::Find(std::string_view host) const {
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return ToLower(c); });
  if (name.ends_with('.')) name.pop_back();
  Offer offer;
  Append(offer, names_.find(name));
  const std::size_t dot = name.find('.');
  if (dot != 0 && dot != std::string::npos) Append(offer, names_.find("*" + name.substr(dot)));
  if (offer.empty()) return std::nullopt;
  return offer;
}

ServerNames::Offer ServerNames::Default() const {
  Offer offer{0};
  Append(offer, names_.find(first_name_));
  return offer;
}

}  // namespace tined::handshake
