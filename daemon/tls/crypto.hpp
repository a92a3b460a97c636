// What computes for all sessions of a worker: both ends of the record layer borrow it. Worker's
// loop thread; the worker owns both.
#pragma once

#include "tls/aead.hpp"
#include "tls/key_schedule.hpp"

namespace tined::tls {

struct Crypto {
  Aead& aead;
  KeySchedule& schedule;
};

}  // namespace tined::tls
