#include "runtime/launch_command.hpp"

#include <gmock/gmock.h>

namespace foundation::runtime {
namespace {

using campaign::launch::Start;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

LaunchSettings settings(ProcessManager manager) {
  LaunchSettings made;
  made.manager = manager;
  made.manager_path = manager == ProcessManager::mpirun ? "/usr/bin/mpirun" : "/usr/bin/srun";
  made.program = {"/opt/foundation", "optimize", "job.toml"};
  return made;
}

std::string line_of(const LaunchCommand& command) {
  std::string line;
  for (const std::string& word : command.words) line += word + " ";
  return line;
}

std::string mpirun_line(const LaunchSettings& settings, const Environment& environment = {}) {
  return line_of(
      make_launch_command(settings, Start{1, 3, {{"a", 2}, {"b", 1}}}, "id", environment));
}

TEST(LaunchCommand, mpirun_survives_dead_ranks) {
  const LaunchCommand command =
      make_launch_command(settings(ProcessManager::mpirun), Start{2, 3, {{"a", 2}, {"b", 1}}},
                          "h.1.2.3", {{"FOUNDATION_LOG", "debug"}, {"HOME", "/root"}});
  const std::string line = line_of(command);
  EXPECT_THAT(line, StartsWith("/usr/bin/mpirun --enable-recovery "));
  EXPECT_THAT(line, HasSubstr("--mca orte_allowed_exit_without_sync 1 "));
  EXPECT_THAT(line, HasSubstr("--mca async_mpi_finalize 1 "));
  EXPECT_THAT(line, HasSubstr("--bind-to none "));
  EXPECT_THAT(line, HasSubstr("-x FOUNDATION_LOG "));
  EXPECT_THAT(line, Not(HasSubstr("HOME")));
  EXPECT_THAT(line, Not(HasSubstr("plm_rsh_no_tree_spawn"))) << "of no use on one host";
  EXPECT_THAT(line, HasSubstr("-H a:2,b:1 -np 3 /opt/foundation optimize job.toml "));
  EXPECT_THAT(command.environment,
              ElementsAre("FOUNDATION_LAUNCH=2", "FOUNDATION_LAUNCH_ID=h.1.2.3"));
}

TEST(LaunchCommand, mpirun_survives_lost_hosts) {
  LaunchSettings remote = settings(ProcessManager::mpirun);
  remote.remote = true;
  EXPECT_THAT(mpirun_line(remote), HasSubstr("--mca plm_rsh_no_tree_spawn 1 "));
  EXPECT_THAT(mpirun_line(remote), HasSubstr("--mca oob_tcp_keepalive_time 3 "));
}

TEST(LaunchCommand, what_the_user_sets_is_left_alone) {
  LaunchSettings mine = settings(ProcessManager::mpirun);
  mine.extra = {"--mca", "pml", "ucx", "--bind-to", "core"};
  const std::string line =
      mpirun_line(mine, {{"OMPI_MCA_btl", "self,tcp"}, {"OMPI_MCA_async_mpi_finalize", "0"}});
  EXPECT_THAT(line, Not(HasSubstr("--mca btl")));
  EXPECT_THAT(line, Not(HasSubstr("async_mpi_finalize")));
  EXPECT_THAT(line, Not(HasSubstr("pml ob1")));
  EXPECT_THAT(line, Not(HasSubstr("--bind-to none")));
  EXPECT_THAT(line, HasSubstr("--mca pml ucx --bind-to core /opt/foundation"));
  EXPECT_THAT(mpirun_line(settings(ProcessManager::mpirun),
                          {{"OMPI_MCA_hwloc_base_binding_policy", "core"}}),
              Not(HasSubstr("--bind-to")));
}

TEST(LaunchCommand, mpirun_chooses_where_no_hosts_are_named) {
  const std::string line =
      line_of(make_launch_command(settings(ProcessManager::mpirun), Start{1, 3, {}}, "id", {}));
  EXPECT_THAT(line, Not(HasSubstr("-H ")));
  EXPECT_THAT(line, HasSubstr("-np 3 "));
}

TEST(LaunchCommand, srun_survives_lost_nodes) {
  const LaunchSettings slurm = settings(ProcessManager::srun);
  const Environment environment{{"SLURM_JOB_ID", "17"}, {"SLURM_CPUS_PER_TASK", "8"}};
  const LaunchCommand first =
      make_launch_command(slurm, Start{1, 2, {{"n1", 1}, {"n2", 1}}}, "id", environment);
  EXPECT_THAT(line_of(first), HasSubstr("--mpi=pmix --no-kill --kill-on-bad-exit=0 "));
  EXPECT_THAT(line_of(first), HasSubstr("--ntasks=2 --nodes=2 --nodelist=n1,n2 --ntasks-per-node=1 "
                                        "--cpus-per-task=8 /opt/foundation"));
  EXPECT_THAT(first.environment, Not(Contains("SLURM_OVERLAP=1")));
  EXPECT_THAT(first.environment, Contains("SLURM_PMIX_FENCE=ring"));
  EXPECT_THAT(first.environment, Contains("SLURM_PMIX_DIRECT_CONN=true"));
  const LaunchCommand own =
      make_launch_command(slurm, Start{1, 2, {}}, "id", {{"SLURM_PMIX_FENCE", "tree"}});
  EXPECT_THAT(own.environment, Not(Contains(HasSubstr("SLURM_PMIX_FENCE"))));
  EXPECT_THAT(own.environment, Contains("SLURM_PMIX_DIRECT_CONN=true"));
  const LaunchCommand second =
      make_launch_command(slurm, Start{2, 1, {{"n2", 1}}}, "id", environment);
  EXPECT_THAT(second.environment, Contains("SLURM_OVERLAP=1"));
}

}  // namespace
}  // namespace foundation::runtime
