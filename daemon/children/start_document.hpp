// The document that a program of tined's own is started with: CBOR (RFC 8949) in a sealed memory
// file. Both sides are of one version and share the same forms of memory, or the reader refuses.
// Supervisor writes; the program that it executes reads.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/descriptor.hpp"
#include "children/identity.hpp"

namespace tined::children {

/// What the two programs must agree on beside the names in the document: the version, and `layout`,
/// a number for the memory and the messages that they share.
[[nodiscard]] std::string FormOf(std::uint64_t layout);

/// `document`, with `form` added to it, in a memory file that nobody can change. Throws
/// std::system_error.
[[nodiscard]] Descriptor WriteDocument(nlohmann::json document, const std::string& form);

/// What WriteDocument has written in `memory`; `program` is what messages call the reader. Throws
/// std::runtime_error when it is of another form, nlohmann::json::exception when it is no such
/// document, std::system_error when it cannot be read.
[[nodiscard]] nlohmann::json ReadDocument(int memory, const std::string& form,
                                          const std::string& program);

[[nodiscard]] nlohmann::json Pack(const Identity& identity);
[[nodiscard]] Identity UnpackIdentity(const nlohmann::json& packed);

}  // namespace tined::children
