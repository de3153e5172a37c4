#include "capture/job_identity.hpp"

#include <map>

#include <gtest/gtest.h>

namespace foundation::capture {
namespace {

using Variables = std::map<std::string, std::string>;

JobIdentity identify(const Variables& variables, const std::string& hydra_server = "") {
  return identify_job(
      [&variables](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional{found->second};
      },
      "alone", [&hydra_server] { return hydra_server; });
}

TEST(JobIdentity, ranks_of_one_mpirun_agree_and_those_of_another_do_not) {
  Variables rank{{"OMPI_COMM_WORLD_RANK", "0"},
                 {"OMPI_COMM_WORLD_SIZE", "4"},
                 {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                 {"PMIX_NAMESPACE", "758579201"},
                 {"OMPI_MCA_orte_hnp_uri", "758579200.0;tcp://192.0.2.2:54525"}};
  const JobIdentity first = identify(rank);
  EXPECT_EQ(first.rank, 0);
  EXPECT_EQ(first.ranks, 4);
  EXPECT_EQ(first.local_ranks, 2);
  rank["OMPI_COMM_WORLD_RANK"] = "3";
  EXPECT_EQ(identify(rank).rank, 3);
  EXPECT_EQ(identify(rank).trace_id(), first.trace_id());
  rank["OMPI_MCA_orte_hnp_uri"] = "758579200.0;tcp://192.0.2.2:54526";
  EXPECT_NE(identify(rank).trace_id(), first.trace_id()) << "the same namespace, used again";
}

TEST(JobIdentity, steps_of_a_slurm_job_are_jobs_of_their_own) {
  Variables rank{{"SLURM_JOB_ID", "17"}, {"SLURM_STEP_ID", "0"},
                 {"SLURM_PROCID", "2"},  {"SLURM_STEP_NUM_TASKS", "3"},
                 {"SLURM_NODEID", "1"},  {"SLURM_STEP_TASKS_PER_NODE", "2,1"}};
  const JobIdentity first = identify(rank);
  EXPECT_EQ(first.rank, 2);
  EXPECT_EQ(first.local_ranks, 1);
  rank["SLURM_STEP_ID"] = "1";
  EXPECT_NE(identify(rank).trace_id(), first.trace_id());
}

TEST(JobIdentity, ranks_of_hydra_have_its_job_or_its_server_in_common) {
  const Variables rank{{"PMI_RANK", "1"}, {"PMI_SIZE", "3"}, {"MPI_LOCALNRANKS", "2"}};
  const JobIdentity it = identify(rank, "n1:38763");
  EXPECT_EQ(it.rank, 1);
  EXPECT_EQ(it.ranks, 3);
  EXPECT_EQ(it.local_ranks, 2);
  EXPECT_NE(it.trace_id(), identify(rank, "n1:38764").trace_id());
  EXPECT_FALSE(identify(rank).in_parallel()) << "nothing says which job it is";
  Variables named = rank;
  named["PMI_JOBID"] = "7";
  EXPECT_EQ(identify(named, "n1:38763").key, identify(named).key);
}

TEST(JobIdentity, an_allocation_alone_is_no_parallel_job) {
  const JobIdentity it = identify({{"SLURM_JOB_ID", "17"}});
  EXPECT_FALSE(it.in_parallel());
  EXPECT_EQ(it.key, "alone");
}

TEST(JobIdentity, numbers_that_are_none_are_no_ranks) {
  EXPECT_FALSE(identify({{"OMPI_COMM_WORLD_RANK", "0x"}, {"PMIX_NAMESPACE", "1"}}).in_parallel());
}

TEST(TasksOfNode, reads_slurms_notation) {
  EXPECT_EQ(tasks_of_node("2(x3),1", 0), 2);
  EXPECT_EQ(tasks_of_node("2(x3),1", 2), 2);
  EXPECT_EQ(tasks_of_node("2(x3),1", 3), 1);
  EXPECT_EQ(tasks_of_node("2(x3),1", 4), 0);
  EXPECT_EQ(tasks_of_node("8", 0), 8);
  for (const char* text : {"", "x", "2(x", "2(x3", "2(x3;1", "2;3"})
    EXPECT_EQ(tasks_of_node(text, 1), 0) << text;
}

TEST(IdText, has_sixteen_digits) { EXPECT_EQ(id_text(0x2a), "000000000000002a"); }

}  // namespace
}  // namespace foundation::capture
