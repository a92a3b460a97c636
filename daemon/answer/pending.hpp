// The answer to a request that its handler has put off. Worker's loop thread.
#pragma once

#include "answer/later.hpp"

namespace tined::answer {

struct Exchange;

class Pending : public virtual Later {
 public:
  /// Makes the whole answer, as a handler does. Once, when done. May throw.
  virtual void Compose(Exchange& exchange) = 0;
};

}  // namespace tined::answer
