// A session as bytes, by which another process goes on with its connection: settings, windows, the
// decoder's table, and of each stream how far it has come, with its request as long as that is not
// answered, or with what is left of the answer where no handler has made that. They are what the
// connection's record remembers (ledger/record.hpp, states), and count with the input and the
// output of the same commit. Whoever reads them trusts nobody: what makes no sense is refused. Pure
// functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/http2/session.hpp"

namespace tined::http2 {

/// Appends the session to `bytes`, no more than `most`: requests that do not fit are left out, and
/// whoever goes on resets their streams. Returns whether all of it is there.
[[nodiscard]] bool Save(Session& session, std::size_t most, std::string& bytes);

/// Makes `session`, a new one, what was saved. Streams are as they were, without what their
/// handlers have begun (LiveStream::past). False: that is none.
[[nodiscard]] bool Restore(std::string_view bytes, Session& session);

}  // namespace tined::http2
