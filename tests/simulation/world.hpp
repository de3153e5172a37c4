#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/faults.hpp"
#include "tests/simulation/invariants.hpp"
#include "tests/simulation/launch.hpp"

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

/// One world: the disk, one session after another (or beside another), and who starts the next one
/// until the job has ended: the launcher, and a user who repeats its command, or a batch system.
class World final : public SessionObserver, public LaunchWorld {
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
  void died(Session& session) override { continue_after_death_of(session); }
  // world_launch.cpp: what launchers see and do
  [[nodiscard]] campaign::RunState look_at_run(const Launch& launch) override;
  [[nodiscard]] std::optional<std::uint64_t> count_evaluations() override;
  [[nodiscard]] bool answers(std::uint32_t host) const override;
  [[nodiscard]] Session* begin_session(const Launch& launch, const Placement& placement) override;
  void launch_finished(const campaign::launch::Finish& finish) override;

  /// The process that makes a call dies before it.
  struct DiesInCall {
    bool power = false;
  };

  void loop();
  void check_handler();
  void check_progress() const;
  void check_over();
  void note_phase();
  /// Who has come to the claim of the run.
  struct Begun {
    Session* session = nullptr;
    bool failed = false;  ///< the disk has; else another one was first
  };
  [[nodiscard]] Begun claim_run(Placement placement, const std::string& mark);
  /// A session without a launcher, whoever is at work.
  void launch_after(core::Duration span);
  void launch();
  /// Somebody sees to it that the run goes on.
  void continue_after(core::Duration span, EventKind kind = EventKind::launch);
  void start_command();
  /// ... unless it is a launcher's session.
  void continue_after_death_of(const Session& session);
  [[nodiscard]] bool is_launched(const Session& session) const;
  [[nodiscard]] Launch* active_launch() const;
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
  bool apply_to_launch(const Fault& fault);
  bool apply_to_hosts(const Fault& fault);
  bool apply_to_disk(const Fault& fault);
  bool apply_to_session(const Fault& fault, Session& session);
  bool apply_to_workers(const Fault& fault, Session& session);
  void lose_host(std::uint32_t host);
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
  std::vector<std::unique_ptr<Launch>> launches_;
  std::vector<core::Time> host_back_;  ///< when it answers again
  std::vector<bool> applied_;          ///< by fault
  std::size_t waiting_ = 0;            ///< faults that are not
  Phase phase_ = Phase::down;
  std::array<std::optional<std::uint64_t>, phase_count> entered_{};  ///< moment of the first time
  core::Time last_trouble_;                                          ///< faults are over after this
  bool job_ended_ = false;
  bool damaged_ = false;
  RunResult result_;
};

}  // namespace foundation::simulation
