// The body of an executor's answer, taken from its socket as fast as the client takes it. Worker's
// loop thread.
#pragma once

#include <memory>
#include <string>

#include "answer/body_source.hpp"
#include "base/descriptor.hpp"
#include "loop/loop.hpp"

namespace tined::backends {

/// `received`: what has come of it already. `in_pieces`: as answer.hpp has it; else bytes, as many
/// as the answer's length says, which whoever reads it counts.
[[nodiscard]] std::unique_ptr<answer::BodySource> MakeProcessBody(loop::Loop& loop,
                                                                  Descriptor socket,
                                                                  std::string received,
                                                                  bool in_pieces);

}  // namespace tined::backends
