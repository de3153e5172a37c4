#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "exports/detail/otf2_record.hpp"

namespace foundation::exports::detail {

/// The requests of one process, by the bits of their handles: what is written when one completes,
/// and what a persistent one starts. Memory: the requests that exist. Local, one thread.
class Otf2Requests {
 public:
  /// A request is under way. Sends that are complete at once may have one handle in common.
  void begin(std::uint64_t handle, const Record& completion);
  /// The completion of the oldest under this handle, if there is one. A request that is over is
  /// forgotten, unless it can start again.
  [[nodiscard]] std::optional<Record> take(std::uint64_t handle);

  /// A persistent request was made.
  void prepare(std::uint64_t handle, const Record& start);
  /// What a persistent request starts.
  [[nodiscard]] std::optional<Record> prepared(std::uint64_t handle) const;
  /// A persistent request is under way.
  void begin_again(std::uint64_t handle, const Record& completion);
  /// A persistent request starts no more.
  void forget(std::uint64_t handle);

 private:
  struct Request {
    std::optional<Record> start{};                 ///< of a persistent one
    std::optional<Record> completion{};            ///< of one that is under way
    std::unique_ptr<std::deque<Record>> others{};  ///< likewise, with the same handle
  };
  std::unordered_map<std::uint64_t, Request> requests_;
};

}  // namespace foundation::exports::detail
