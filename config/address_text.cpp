#include "config/address_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/characters.hpp"

namespace tined::config {
namespace {

constexpr std::array<std::pair<std::string_view, AddressPart>, 5> kParts = {
    {{"host", AddressPart::host},
     {"path", AddressPart::path},
     {"query", AddressPart::query},
     {"rest", AddressPart::rest},
     {"scheme", AddressPart::scheme}}};

bool IsOfPartName(char c) { return IsLetterOrDigit(c) || c == '_'; }

/// Gives `piece` the part that `name` stands for. False: there is none.
bool SetPart(AddressPiece& piece, std::string_view name) {
  if (name.size() == 1 && name[0] >= '1' && name[0] <= '9') {
    piece.part = AddressPart::group;
    piece.group = name[0] - '0';
    return true;
  }
  const auto* const known = std::find_if(kParts.begin(), kParts.end(),
                                         [&](const auto& each) { return each.first == name; });
  if (known == kParts.end()) return false;
  piece.part = known->second;
  return true;
}

std::string NameOf(const AddressPiece& piece) {
  if (piece.part == AddressPart::group) return fmt::format("`${}`", piece.group);
  const auto* const known = std::find_if(
      kParts.begin(), kParts.end(), [&](const auto& each) { return each.second == piece.part; });
  return fmt::format("`${}`", known->first);
}

/// What is wrong with the host of a URL, whose pieces these are; the first of them begins with it,
/// but for the first `skipped` bytes of its text.
std::string HostFault(const std::vector<AddressPiece>& pieces, std::size_t first,
                      std::size_t skipped) {
  const auto ends_host = [](char c) { return c == '/' || c == '?' || c == '#'; };
  const bool is_there = pieces[first].text.size() > skipped
                            ? !ends_host(pieces[first].text[skipped])
                            : pieces[first].part == AddressPart::host;
  if (!is_there) return "the host is missing";
  for (std::size_t i = first; i < pieces.size(); ++i) {
    const std::string_view text = std::string_view(pieces[i].text).substr(i == first ? skipped : 0);
    if (std::any_of(text.begin(), text.end(), ends_host)) return {};
    if (!pieces[i].part || pieces[i].part == AddressPart::path) return {};
    if (pieces[i].part == AddressPart::host) continue;
    // The rest may be empty: then what follows it would be the host's.
    const bool is_last = i + 1 == pieces.size();
    const bool ends_it =
        is_last || (!pieces[i + 1].text.empty() && ends_host(pieces[i + 1].text[0]));
    if (pieces[i].part == AddressPart::rest && ends_it) return {};
    return fmt::format("{} could become part of the host; put a / in front of it",
                       NameOf(pieces[i]));
  }
  return {};
}

bool BeginsPath(const AddressPiece& first) {
  return first.text.starts_with('/') || (first.text.empty() && (first.part == AddressPart::path ||
                                                                first.part == AddressPart::rest));
}

}  // namespace

AddressText ParseAddressText(std::string_view text) {
  AddressText address;
  AddressPiece piece;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    piece.text.append(text.substr(0, dollar));
    text.remove_prefix(dollar);
    if (text.empty()) break;
    text.remove_prefix(1);
    const auto end = std::find_if_not(text.begin(), text.end(), IsOfPartName);
    std::string_view name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (!name.empty() && IsDigit(name[0])) name = name.substr(0, 1);
    if (!SetPart(piece, name)) {
      address.fault = fmt::format(
          "there is no `${}`; there are $host, $path, $query, $rest, $scheme, and $1 to $9", name);
      return address;
    }
    text.remove_prefix(name.size());
    address.groups = std::max(address.groups, piece.group);
    address.pieces.push_back(std::exchange(piece, {}));
  }
  if (!piece.text.empty()) address.pieces.push_back(std::move(piece));
  return address;
}

bool HasParts(const AddressText& address) noexcept {
  return std::any_of(address.pieces.begin(), address.pieces.end(),
                     [](const AddressPiece& piece) { return piece.part.has_value(); });
}

std::string LocationFault(const AddressText& address) {
  if (!address.fault.empty()) return address.fault;
  if (address.pieces.empty()) return "it is empty";
  const AddressPiece& first = address.pieces.front();
  const std::size_t scheme_end = first.text.find("://");
  if (first.text.starts_with("https://") || first.text.starts_with("http://")) {
    return HostFault(address.pieces, 0, scheme_end + 3);
  }
  if (first.text.empty() && first.part == AddressPart::scheme) {
    const bool is_url = address.pieces.size() > 1 && address.pieces[1].text.starts_with("://");
    return is_url ? HostFault(address.pieces, 1, 3) : "`://` follows $scheme";
  }
  if (first.text.starts_with("//")) return "that names another host; write its scheme as well";
  return BeginsPath(first) ? "" : "it begins with /, $path, $rest, http://, https:// or $scheme://";
}

std::string RewriteFault(const AddressText& address) {
  if (!address.fault.empty()) return address.fault;
  bool is_query = false;
  for (const AddressPiece& piece : address.pieces) {
    is_query = is_query || piece.text.find('?') != std::string::npos;
    if (piece.part == AddressPart::scheme) return "a path has no $scheme";
    if (piece.part == AddressPart::query && !is_query) {
      return "the query goes along by itself; `?` begins another one, in which $query may stand";
    }
  }
  if (address.pieces.empty()) return "it is empty";
  return BeginsPath(address.pieces.front()) ? "" : "it begins with /, $path or $rest";
}

}  // namespace tined::config
