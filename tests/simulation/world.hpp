#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/faults.hpp"
#include "tests/simulation/invariants.hpp"

namespace foundation::simulation {

struct RunResult {
  std::string violation;  ///< empty if every invariant held
  std::string diagnosis;  ///< damaged data: what the user is told
  std::uint64_t log_hash = 0;
  std::uint64_t course = 0;  ///< hash over who did what when, without the bytes written
  std::uint64_t events = 0;
  std::uint32_t sessions = 0;
  std::uint32_t faults = 0;  ///< that hit something
  FaultMatrix matrix = FaultMatrix(std::size_t{fault_kind_count} * phase_count);
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
  void file_replaced(Session& session, std::string_view name, std::string_view content) override;
  void file_stored(Session& session, std::string_view name) override;
  void published(Session& session, journal::Sequence durable) override;
  void reported(Session& session, const campaign::ProgressRecord& progress) override;
  void ended(Session& session, const campaign::EndReport& report) override;

  /// The process that makes a call dies before it.
  struct DiesInCall {
    bool power = false;
  };

  void loop();
  void check_handler();
  void check_progress() const;
  void check_over();
  void note_phase();
  void launch_after(core::Duration span);
  void launch();
  void recover(Session& session);
  void start(Session& session);
  void cannot_start(Session& session, const core::Error& error);
  void end_with_diagnosis(const core::Error& error);
  void die_in_call(const DiesInCall& death);
  [[nodiscard]] core::Duration relaunch_span() const;
  [[nodiscard]] Session* current();
  [[nodiscard]] bool nobody_works();
  [[nodiscard]] journal::Epoch newest_epoch() const;

  // world_faults.cpp
  void apply_due_faults();
  [[nodiscard]] bool is_due(const Fault& fault) const;
  void apply(const Fault& fault);
  bool apply_anywhere(const Fault& fault);
  bool apply_to_disk(const Fault& fault);
  bool apply_to_session(const Fault& fault, Session& session);
  bool apply_to_workers(const Fault& fault, Session& session);
  void relaunch(std::uint32_t times, core::Duration span);
  void lose_power();
  bool damage(const Fault& fault);

  const Options& options_;
  const std::vector<Fault>& faults_;
  const Workload& workload_;
  Kernel kernel_;
  testing::MemoryStorage storage_;
  Invariants invariants_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<bool> applied_;  ///< by fault
  std::size_t waiting_ = 0;    ///< faults that are not
  Phase phase_ = Phase::down;
  std::array<std::optional<std::uint64_t>, phase_count> entered_{};  ///< moment of the first time
  core::Time last_trouble_;                                          ///< faults are over after this
  bool job_ended_ = false;
  bool damaged_ = false;
  RunResult result_;
};

}  // namespace foundation::simulation
