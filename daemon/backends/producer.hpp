// Bodies that a module makes in pieces, as the connection asks for them.
// Worker's loop thread; with a pool, pieces are made on its threads.
#pragma once

#include <tined/module.h>

#include <memory>

#include "backends/threads.hpp"
#include "http/body_source.hpp"

namespace tined::backends {

/// A producer that is released when it is destroyed.
class Producer {
 public:
  explicit Producer(const tined_producer& table) noexcept : table_(table) {}
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;
  ~Producer() {
    if (table_.release != nullptr) table_.release(table_.state);
  }

  /// Asks the module for the next piece.
  [[nodiscard]] http::BodySource::Piece Next(std::span<char> room) const noexcept;

 private:
  const tined_producer table_;
};

/// `pool` null: pieces are made where they are asked for.
[[nodiscard]] std::unique_ptr<http::BodySource> MakeSource(std::shared_ptr<Producer> producer,
                                                           Threads* pool);

}  // namespace tined::backends
