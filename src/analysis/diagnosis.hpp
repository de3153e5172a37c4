#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/matches.hpp"
#include "analysis/trace_set.hpp"

namespace foundation::analysis {

/// What is left over at the end of a trace, and what it says about how the run ended.
struct Diagnosis {
  std::uint64_t unfinished_processes = 0;  ///< recordings that end before MPI_Finalize has
  std::uint64_t unreceived = 0;            ///< messages sent to nobody
  std::uint64_t unsent = 0;                ///< receives without their message
  std::uint64_t incomplete = 0;            ///< collectives that some members never came to
  std::uint64_t mismatched = 0;            ///< collectives with different functions or roots
  std::vector<std::string> sentences;      ///< for people, the most important first
};

/// Gathers the leftovers of a replay. Memory: the first `limit` of each kind; all are counted.
class Leftovers {
 public:
  explicit Leftovers(std::size_t limit = 1000) : limit_{limit} {}
  void call(const CallSpan& call);
  void message(const Message& message);
  void collective(const Collective& collective);
  /// `ends` holds the latest known moment of each process.
  [[nodiscard]] Diagnosis diagnose(const TraceSet& traces,
                                   const std::vector<TraceTime>& ends) const;

 private:
  std::size_t limit_;
  Diagnosis counts_;
  std::vector<CallSpan> open_;
  std::vector<Message> messages_;
  std::vector<Collective> collectives_;
};

}  // namespace foundation::analysis
