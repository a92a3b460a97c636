// Trees of values that the loader does not know the meaning of: `settings:` of a module. Pure
// functions.
#pragma once

#include "config/model.hpp"

namespace tined::config {

struct Node;
struct Source;

/// `node` with everything in it: each scalar has its variables replaced and, unless it is quoted,
/// the type that it looks like (one that begins and ends with a variable, quoted or not). What is
/// wrong becomes a problem of `source`.
Setting ReadSetting(const Node& node, const Source& source);

/// Gives the scalar in setting.text its kind and value: true and false, decimal numbers; text is
/// what is left, and what is quoted.
void GiveType(Setting& setting, bool is_quoted);

}  // namespace tined::config
