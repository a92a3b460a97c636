// The keys of HTTP/2: what a client may do on one connection.
#pragma once

#include "config/layout.hpp"
#include "config/rules.hpp"

namespace tined::config {

inline constexpr NumberRange kStreams = {1, 128};

inline constexpr NumberRange kTimes = {1, 1'000'000};

template <>
struct Layout<Resets> {
  static constexpr std::string_view kAbout =
      "How often a client may reset requests, or have them refused; beyond it its connection ends.";
  static constexpr std::string_view kExample = "{burst: 1000, rate: 33}";
  static void Visit(auto& v, auto& resets) {
    v("burst", resets.burst, kTimes, "So often at once.");
    v("rate", resets.rate, kTimes, "So often a second, from then on.");
  }
};

template <>
struct Layout<ControlFrames> {
  static constexpr std::string_view kAbout =
      "How often a client may send frames that bring neither a request nor content; beyond it its "
      "connection ends.";
  static constexpr std::string_view kExample = "{burst: 1000, rate: 100}";
  static void Visit(auto& v, auto& frames) {
    v("burst", frames.burst, kTimes, "So often at once.");
    v("rate", frames.rate, kTimes, "So often a second, from then on.");
  }
};

template <>
struct Layout<Http2> {
  static constexpr std::string_view kAbout =
      "What a client that speaks HTTP/2 may do on one connection.";
  static constexpr std::string_view kExample = "{streams: 100}";
  static void Visit(auto& v, auto& http2) {
    v("streams", http2.streams, kStreams, "Requests at once.");
    v("bodies", http2.bodies, SizeRange{64_KiB, 1024_GiB},
      "How much of all requests' bodies is kept together; beyond it the client is given room for "
      "one at a time.");
    v.Section("resets", http2.resets);
    v.Section("control_frames", http2.control_frames);
  }
};

}  // namespace tined::config
