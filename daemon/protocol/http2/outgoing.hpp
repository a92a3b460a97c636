// The content of an answer on its way into frames DATA: bytes in memory, pieces of files, or what a
// source makes, in the order in which they are sent. It gives out as much as it is asked for, and
// keeps the rest. Worker's loop thread; owned by its stream.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "answer/body.hpp"
#include "backends/files/file_reader.hpp"

namespace tined::http2 {

class Outgoing {
 public:
  /// Takes over `body`, which is not nothing. `files` is borrowed.
  Outgoing(answer::Body body, backends::FileReader& files);
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;
  ~Outgoing() { files_.Drop(read_); }

  /// Bytes of all of it; nothing: only its end tells.
  [[nodiscard]] std::optional<std::uint64_t> length() const noexcept { return length_; }

  enum class Outcome : std::uint8_t {
    bytes,   ///< `bytes` come next; `is_last`: nothing follows them
    end,     ///< nothing more
    later,   ///< nothing yet: worth asking again when OnReady's function has been called
    failed,  ///< it will never be whole
  };
  struct Piece {
    Outcome outcome = Outcome::failed;
    std::string_view bytes{};
    bool is_last = false;
  };
  /// The next bytes, `most` at most (one at least), good until the next call.
  [[nodiscard]] Piece Take(std::size_t most) noexcept;

  /// Leaves out the first `size` bytes. False: it has fewer, or they cannot be left out.
  [[nodiscard]] bool Skip(std::uint64_t size) noexcept;

  /// All that is left, where that lies in memory in one piece; good until the next call of Take.
  [[nodiscard]] std::optional<std::string_view> rest() const noexcept;
  /// It is made while it is sent: nobody else can make what is left.
  [[nodiscard]] bool is_made_once() const noexcept { return source_ != nullptr; }
  /// What is waited for may be there by now.
  void TryAgain() noexcept { is_waiting_ = false; }
  /// Nothing is left: the client's window does not matter.
  [[nodiscard]] bool is_at_end() const noexcept { return !source_ && parts_.empty(); }
  /// Something is waited for that is not the client's to give.
  [[nodiscard]] bool is_waiting() const noexcept { return is_waiting_; }
  /// With is_waiting: has `action` called when it is there.
  void OnReady(std::function<void()> action) noexcept;
  /// The client has reset the stream, or is gone.
  void OnClientLeft() noexcept;

 private:
  struct Text {
    answer::Bytes bytes;
    std::size_t taken = 0;
  };
  using Part = std::variant<Text, answer::FileSlice>;

  void Add(answer::NoContent&) noexcept {}
  void Add(answer::Bytes& bytes);
  void Add(answer::FileSlice& slice);
  void Add(answer::FileParts& file);
  void Add(answer::Source& source) noexcept;
  [[nodiscard]] Piece TakeText(Text& text, std::size_t most) noexcept;
  [[nodiscard]] Piece TakeFile(answer::FileSlice& slice, std::size_t most) noexcept;
  [[nodiscard]] Piece TakeMade(std::size_t most) noexcept;

  backends::FileReader& files_;
  std::deque<Part> parts_;
  std::unique_ptr<answer::BodySource> source_;
  std::optional<std::uint64_t> length_ = 0;
  std::uint64_t made_ = 0;  ///< bytes that the source has given
  std::shared_ptr<backends::FileRead>
      read_;             ///< of the file in front, while the disk is waited for
  answer::Bytes shown_;  ///< what the last piece shows, when nothing else has it
  bool is_waiting_ = false;
};

}  // namespace tined::http2
