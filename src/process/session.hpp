#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "process/command.hpp"

namespace foundation::process {

/// A program that stays and answers line by line: each request is a line on its stdin, each answer
/// a line on its stdout. Limits count from request to answer, but processes and memory as they
/// are. What `run` promises holds here, too, once the session has ended.
///
/// Use it from the thread that made it. Throws core::Error{io} when the system has no pipe left.
class Session {
 public:
  explicit Session(const Command& command);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) = delete;
  ~Session();  ///< ends the program

  /// What came of a request.
  struct Reply {
    std::optional<std::string> line;  ///< without its line end; nothing: the session has ended
    Ending ending;  ///< of the session; with a line: wall and cpu of this answer, errors so far
  };
  /// `request` holds no line break. A program that has ended, or that reaches a limit before it has
  /// written a whole line, is over: ask no more.
  [[nodiscard]] Reply ask(std::string_view request);

  /// Answers so far.
  [[nodiscard]] std::uint64_t answered() const noexcept;
  /// Closes the program's stdin, gives it the grace time to end, and kills what is left.
  Ending end();

 private:
  class Talk;
  std::unique_ptr<Talk> talk_;
};

}  // namespace foundation::process
