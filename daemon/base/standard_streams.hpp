// Standard input, output and error of a service: there, and never waited for. Called once, before
// anything else is opened, in the process that becomes the supervisor; its children inherit them.
#pragma once

namespace tined {

/// Opens /dev/null in place of what is closed: the next socket would get that number, and the log
/// would go to a client. Gives this process open file descriptions of its own, non-blocking, where
/// standard output or error is a terminal or a pipe: O_NONBLOCK set on the given ones would be set
/// for the shell and whoever else has them, too. What cannot be opened again stays as it is.
void PrepareStandardStreams() noexcept;

}  // namespace tined
