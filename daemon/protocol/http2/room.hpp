// Room for the contents of requests, which are kept until they are whole and answered: how much of
// all streams of a connection together, by the windows that the client is given for each (RFC 9113,
// 5.2). Nobody is refused, but waits. Worker's loop thread.
#pragma once

#include "protocol/http2/session.hpp"

namespace tined::http2 {

/// Lets the client send more of what is waited for, as far as it may be kept (config::Http2,
/// bodies). The oldest stream that has content always gets on, and is not for ever: so do all, one
/// after the other. So what is kept is no more than that and the longest content of one request,
/// or what all streams may send unasked (kStreamWindow each).
void GiveRoom(Turn& turn);

}  // namespace tined::http2
