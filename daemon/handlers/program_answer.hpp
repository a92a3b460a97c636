// The answer that a running program writes: its header is waited for and checked, then its body is
// handed on as it comes. Worker's loop thread.
#pragma once

#include <memory>
#include <string>

#include "answer/pending.hpp"
#include "backends/programs/program.hpp"
#include "http/cgi_header.hpp"

namespace tined::handlers {

class ProgramAnswer final : public answer::Pending {
 public:
  /// Bytes of a program's header, its empty line included.
  static constexpr std::size_t kLongestHeader = std::size_t{32} << 10;

  /// `is_head`: nobody wants the body.
  ProgramAnswer(std::shared_ptr<backends::Program> program, bool is_head);
  ~ProgramAnswer() override;

  void Compose(answer::Exchange& exchange) override;
  [[nodiscard]] bool OnClientLeft() noexcept override { return true; }
  void Cancel() noexcept override { program_->End(); }

 private:
  void ReadHeader() noexcept;
  void Take(std::string_view bytes);
  void Fail(int status, std::string_view reason) noexcept;
  [[nodiscard]] std::string EndWithoutHeader() const;

  const std::shared_ptr<backends::Program> program_;
  const bool is_head_;
  std::string output_;  ///< the header, and what has come with it
  http::CgiHeader header_;
  int failure_ = 0;  ///< the status that is answered in its place
  bool is_read_ = false;
};

}  // namespace tined::handlers
