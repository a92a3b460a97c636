// journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram an entry.
//
// Not sd_journal_sendv(3): it keeps one descriptor for the life of the process, which a child that
// closes what is not its own takes from under it (the next line would go into whatever has that
// number now, a client's connection for one), and it waits for a journald that has stopped reading.
// Here each entry opens and closes its own socket and nothing is waited for; entries are rare.
// Any process, any thread.
#pragma once

#include <string>
#include <string_view>

namespace tined::journal {

/// Appends one field to an entry. `name` is in upper case; `value` may have line feeds.
void AppendField(std::string& entry, std::string_view name, std::string_view value);

/// False when the journal does not take the entry now.
[[nodiscard]] bool Send(std::string_view entry) noexcept;

}  // namespace tined::journal
