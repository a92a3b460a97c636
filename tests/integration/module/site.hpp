// What the tests of modules share.
#pragma once

#include "tests/integration/config.hpp"

namespace tined::test {

inline Config Serving() { return Config().Workers(1).Route("/ping", Respond("pong")); }

}  // namespace tined::test
