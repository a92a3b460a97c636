// What a client that speaks HTTP/2 may do, as plain structs with every default in place.
#pragma once

#include "base/bytes.hpp"

namespace tined::config {

using namespace tined::literals;

/// How often it may have streams reset, or refused: so often at once, so often a second from then
/// on.
struct Resets {
  int burst = 1000;
  int rate = 33;
};

/// How often it may send frames that bring neither a request nor content.
struct ControlFrames {
  int burst = 1000;
  int rate = 100;
};

/// What a client may do on one connection.
struct Http2 {
  int streams = 100;  ///< at once
  Bytes bodies = 8_MiB;
  Resets resets;
  ControlFrames control_frames;
};

}  // namespace tined::config
