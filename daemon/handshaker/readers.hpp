// Who but handshakers can read the private keys that they are given: told when a configuration is
// checked and when it begins to serve. Handshaker, which is of the workers' user.
#pragma once

#include "handshaker/start.hpp"

namespace tined::handshaker {

/// Tells the log of keys that workers, modules and programs are not kept from: by the file's mode
/// where the supervisor is another user, else by Landlock (children/hidden_files.hpp). One line
/// each reason.
void WarnOfReaders(const Start& start);

}  // namespace tined::handshaker
