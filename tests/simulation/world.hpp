#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/simulation/faults.hpp"
#include "tests/simulation/invariants.hpp"

namespace foundation::simulation {

struct RunResult {
  std::string violation;  ///< empty if every invariant held
  std::uint64_t log_hash = 0;
  std::uint64_t events = 0;
  std::uint32_t sessions = 0;
  std::uint32_t faults = 0;  ///< that hit something
  double virtual_s = 0;
  double busy_s = 0;  ///< of all slots together
};

/// Simulates a job from its first launch to its end under the given faults.
[[nodiscard]] RunResult simulate(const Options& options, const std::vector<Fault>& faults,
                                 bool print = false);

/// One world: the disk, one session after another (or beside another), and the launcher that
/// starts the next one until the job has ended.
class World final : public SessionObserver {
 public:
  World(const Options& options, const std::vector<Fault>& faults, const Workload& workload,
        const Reference& reference, bool print);

  RunResult run();

 private:
  void cell_started(Session& session, const model::CellRange& cell) override;
  void lease_sent(Session& session, campaign::WorkerIndex worker,
                  const campaign::Lease& lease) override;
  void file_replaced(Session& session, std::string_view name) override;
  void published(Session& session, journal::Sequence durable) override;
  void reported(Session& session, const campaign::ProgressRecord& progress) override;
  void ended(Session& session, const campaign::EndReport& report) override;

  void loop();
  void check_handler(ProcessId handler);
  void check_progress() const;
  void check_over() const;
  void launch_after(core::Duration span);
  void launch();
  void recover(Session& session);
  [[nodiscard]] core::Duration relaunch_span() const;
  [[nodiscard]] Session* current();
  [[nodiscard]] journal::Epoch newest_epoch() const;
  void apply(const Fault& fault);
  bool apply_to_session(const Fault& fault, Session& session);
  void lose_power();

  const Options& options_;
  const std::vector<Fault>& faults_;
  const Workload& workload_;
  Kernel kernel_;
  testing::MemoryStorage storage_;
  Invariants invariants_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::size_t next_fault_ = 0;
  core::Time last_trouble_;  ///< faults are over after this
  bool job_ended_ = false;
  RunResult result_;
};

}  // namespace foundation::simulation
