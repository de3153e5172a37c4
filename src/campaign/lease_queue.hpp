#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "campaign/lease.hpp"
#include "model/candidate.hpp"

namespace foundation::campaign {

/// A worker's side of the protocol: leases wait here for a free slot and for their candidate
/// (lease and candidate may travel on channels without order among each other). Pure bookkeeping;
/// one thread at a time.
class LeaseQueue {
 public:
  struct Work {
    Lease lease;
    std::shared_ptr<const model::Candidate> candidate;
  };

  void add(const Lease& lease) { waiting_.push_back(lease); }
  void add(model::Candidate candidate);
  /// Takes the oldest lease whose candidate is here; it counts as started.
  [[nodiscard]] std::optional<Work> start();
  /// Takes a lease back that was not started; false if it was (or is unknown).
  [[nodiscard]] bool recall(LeaseId lease);
  /// Drops everything that was not started.
  void clear() noexcept { waiting_.clear(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] bool has_waiting() const noexcept { return !waiting_.empty(); }

 private:
  const std::shared_ptr<const model::Candidate>* find(model::CandidateIndex candidate);

  std::deque<Lease> waiting_;
  std::unordered_map<model::CandidateIndex, std::shared_ptr<const model::Candidate>> candidates_;
  std::shared_ptr<const model::Candidate> latest_;  ///< found
};

}  // namespace foundation::campaign
