#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "campaign/lease.hpp"
#include "model/candidate.hpp"
#include "model/text_request.hpp"

namespace foundation::campaign {

/// A worker's side of the protocol: leases wait here for a free slot and for their candidate or
/// their text request (a lease and what it is about may travel on channels without order among each
/// other). Pure bookkeeping; one thread at a time.
class LeaseQueue {
 public:
  struct Work {
    Lease lease;
    std::shared_ptr<const model::Candidate> candidate{};  ///< null: samples of `request`
    std::shared_ptr<const model::TextRequest> request{};  ///< null: cells of `candidate`
  };

  void add(const Lease& lease) { waiting_.push_back(lease); }
  void add(model::Candidate candidate);
  void add(model::NumberedRequest request);
  /// Takes the oldest lease whose candidate or request is here; it counts as started.
  [[nodiscard]] std::optional<Work> start();
  /// Takes a lease back that was not started; false if it was (or is unknown).
  [[nodiscard]] bool recall(LeaseId lease);
  /// Drops everything that was not started.
  void clear() noexcept { waiting_.clear(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  [[nodiscard]] bool has_waiting() const noexcept { return !waiting_.empty(); }

 private:
  [[nodiscard]] std::optional<Work> work_of(const Lease& lease);
  const std::shared_ptr<const model::Candidate>* find(model::CandidateIndex candidate);

  std::deque<Lease> waiting_;
  std::unordered_map<model::CandidateIndex, std::shared_ptr<const model::Candidate>> candidates_;
  std::unordered_map<model::RequestIndex, std::shared_ptr<const model::TextRequest>> requests_;
  std::shared_ptr<const model::Candidate> latest_;  ///< found
};

}  // namespace foundation::campaign
