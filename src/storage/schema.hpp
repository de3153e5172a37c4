#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "storage/column.hpp"

/// Every name in a published file. A table is a group of equally long 1-D datasets that share the
/// dimension scale `row`; names once published keep their meaning, new ones may be added within
/// a version.
namespace foundation::storage::schema {

inline constexpr std::string_view software = "Foundation";
inline constexpr std::string_view schema_name = "foundation.run";
inline constexpr std::int64_t schema_version = 1;

inline constexpr std::string_view row = "row";      ///< dimension scale of each table: 0, 1, ...
inline constexpr std::string_view heaps = "heaps";  ///< group of byte heaps

/// Attributes of the root group.
namespace attribute {
inline constexpr std::string_view software = "software";
inline constexpr std::string_view software_version = "softwareVersion";
inline constexpr std::string_view schema = "schema";
inline constexpr std::string_view schema_version = "schemaVersion";
inline constexpr std::string_view date = "date";          ///< of publication, ISO 8601, UTC
inline constexpr std::string_view epoch = "epoch";        ///< of the journal's last record
inline constexpr std::string_view sequence = "sequence";  ///< of the journal's last record
inline constexpr std::string_view status = "status";      ///< "partial" or "final": what is inside
inline constexpr std::string_view run_state = "run_state";  ///< "running", "stopped", "finished"
inline constexpr std::string_view content_digest = "content_digest";
inline constexpr std::string_view description = "description";
inline constexpr std::string_view long_name = "long_name";
inline constexpr std::string_view units = "units";
inline constexpr std::string_view flag_values = "flag_values";
inline constexpr std::string_view flag_meanings = "flag_meanings";
}  // namespace attribute

inline constexpr std::string_view status_partial = "partial";
inline constexpr std::string_view status_final = "final";

inline constexpr std::string_view wall_time = "nanoseconds since 1970-01-01";
/// A wall time that is not there; pandas and xarray read it as NaT.
inline constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t none = -1;  ///< a reference to no candidate

inline constexpr std::array<std::int8_t, 3> split_values = {0, 1, 2};
inline constexpr Flags split_flags = {split_values, "train validation test"};
inline constexpr std::array<std::int8_t, 4> cell_split_values = {0, 1, 2, 3};
inline constexpr Flags cell_split_flags = {cell_split_values, "train validation test request"};
inline constexpr std::array<std::int8_t, 3> request_kind_values = {0, 1, 2};
inline constexpr Flags request_kind_flags = {request_kind_values, "describe rewrite advise"};
inline constexpr std::array<std::int8_t, 10> status_values = {-1, 0, 1, 2, 3, 4, 5, 6, 7, 8};
inline constexpr Flags status_flags = {
    status_values,
    "pending ok wrong invalid_output timeout crashed out_of_memory rate_limited lost blocked"};
inline constexpr std::array<std::int8_t, 2> truth_values = {0, 1};
inline constexpr Flags truth_flags = {truth_values, "false true"};
inline constexpr std::array<std::int8_t, 3> option_values = {-1, 0, 1};
inline constexpr Flags option_flags = {option_values, "inactive false true"};
inline constexpr std::array<std::int8_t, 3> presence_values = {0, 1, 2};
inline constexpr Flags presence_flags = {presence_values, "joined left lost"};

inline constexpr std::array<std::int8_t, 3> objective_values = {0, 1, 2};
inline constexpr Flags objective_flags = {objective_values, "score cost latency"};

namespace job {
inline constexpr std::string_view table = "job";
inline constexpr ColumnInfo name{"name", "name of the job"};
inline constexpr ColumnInfo identity{"identity", "digest of all that defines the trajectory"};
inline constexpr ColumnInfo seed{"seed", "seed of all random streams"};
inline constexpr ColumnInfo program{"program", "identity of the program"};
inline constexpr ColumnInfo metric{"metric", "metric that scores a cell"};
inline constexpr ColumnInfo maximise{"maximise", "whether higher scores are better", "", "",
                                     &truth_flags};
inline constexpr ColumnInfo trials{"trials", "cells for each example"};
inline constexpr ColumnInfo trainset_file{"trainset_file", "file the examples came from"};
inline constexpr ColumnInfo data_digest{"data_digest", "digest of all examples"};
inline constexpr ColumnInfo train{"train", "examples on the train split"};
inline constexpr ColumnInfo validation{"validation", "examples on the validation split"};
inline constexpr ColumnInfo test{"test", "examples on the test split"};
inline constexpr ColumnInfo created_at{"created_at", "when the run was created", wall_time};
inline constexpr ColumnInfo job_toml{"job_toml", "every key with its effective value"};
}  // namespace job

namespace sessions {
inline constexpr std::string_view table = "sessions";
inline constexpr ColumnInfo epoch{"epoch", "number of the session, from 1"};
inline constexpr ColumnInfo version{"version", "version of the program"};
inline constexpr ColumnInfo host{"host", "host of the coordinator"};
inline constexpr ColumnInfo pid{"pid", "process of the coordinator"};
inline constexpr ColumnInfo ranks{"ranks", "MPI ranks"};
inline constexpr ColumnInfo batch_job{"batch_job", "batch job, or empty"};
inline constexpr ColumnInfo started_at{"started_at", "when the session started", wall_time};
}  // namespace sessions

namespace trainset {
inline constexpr std::string_view table = "trainset";
inline constexpr ColumnInfo split{"split", "part of the trainset", "", "", &split_flags};
inline constexpr ColumnInfo position{"position", "place in the fixed order of the split"};
inline constexpr ColumnInfo id{"id", "identifier of the example"};
inline constexpr ColumnInfo label{"label", "expected answer"};
}  // namespace trainset

namespace candidates {
inline constexpr std::string_view table = "candidates";
inline constexpr ColumnInfo candidate{"candidate", "index in the order of proposals"};
inline constexpr ColumnInfo parent{"parent", "candidate it was derived from, -1 if none"};
inline constexpr ColumnInfo origin{"origin", "how it came about"};
inline constexpr ColumnInfo changes{"changes", "what differs from the baseline"};
inline constexpr ColumnInfo proposed_at{"proposed_at", "when it was proposed", wall_time};
inline constexpr ColumnInfo settled{"settled", "whether its score is final", "", "", &truth_flags};
inline constexpr ColumnInfo score{"score", "metric over its validation cells", "",
                                  "NaN until the candidate is settled or when it has no score"};
inline constexpr ColumnInfo cells{"cells", "validation cells behind the score"};
inline constexpr ColumnInfo complete{"complete", "whether it got the whole validation split", "",
                                     "", &truth_flags};
inline constexpr ColumnInfo valid{"valid", "whether the score is a number", "", "", &truth_flags};
/// Finished cells by split and by status: `cells_train`, ..., `cells_ok`, `cells_wrong`, ...
inline constexpr std::string_view cells_prefix = "cells_";
/// One column for each parameter: `param_<name>`.
inline constexpr std::string_view parameter_prefix = "param_";
}  // namespace candidates

/// What candidates are compared by, if the score is not all; then come their values.
namespace goals {
inline constexpr std::string_view table = "goals";
inline constexpr ColumnInfo objective{"objective", "what is compared", "", "", &objective_flags};
inline constexpr ColumnInfo unit{"unit", "what it is counted in; of the score, the metric"};
inline constexpr ColumnInfo maximise{"maximise", "whether more is better", "", "", &truth_flags};
inline constexpr ColumnInfo limit{"limit", "how bad a winner may be", "", "NaN if there is none"};
inline constexpr ColumnInfo weight{"weight", "weight in the choice of the winner", "",
                                   "NaN unless the winner is chosen by weights"};
inline constexpr ColumnInfo decides{"decides", "whether the winner is chosen by it", "", "",
                                    &truth_flags};
}  // namespace goals

/// A row a settled candidate and goal.
namespace objectives {
inline constexpr std::string_view table = "objectives";
inline constexpr ColumnInfo candidate{"candidate", "index of the candidate"};
inline constexpr ColumnInfo objective = goals::objective;
inline constexpr ColumnInfo mean{"mean", "its mean over the validation cells, or their score", "",
                                 "NaN if unknown"};
inline constexpr ColumnInfo cells{"cells", "validation cells with a value"};
inline constexpr ColumnInfo limit_kept{"limit_kept", "whether the limit of the goal is kept", "",
                                       "", &truth_flags};
}  // namespace objectives

/// Candidates with the whole validation split that no other one is better than in everything.
namespace front {
inline constexpr std::string_view table = "front";
inline constexpr ColumnInfo candidate = objectives::candidate;
inline constexpr ColumnInfo score{"score", "validation score"};
inline constexpr ColumnInfo cost{"cost", "mean cost", "", "NaN if it is no objective, or unknown"};
inline constexpr ColumnInfo latency{"latency", "mean time of an answer", "seconds",
                                    "NaN if it is no objective"};
inline constexpr ColumnInfo limits_kept{"limits_kept", "whether all limits are kept", "", "",
                                        &truth_flags};
inline constexpr ColumnInfo wins{"wins", "whether it is the winner, or would be as it is", "", "",
                                 &truth_flags};
}  // namespace front

namespace evaluations {
inline constexpr std::string_view table = "evaluations";
inline constexpr ColumnInfo candidate{"candidate", "index of the candidate"};
inline constexpr ColumnInfo split{"split", "part of the trainset", "", "", &split_flags};
inline constexpr ColumnInfo position{"position", "place of the cell: example * trials + trial"};
inline constexpr ColumnInfo example{"example", "position of the example in its split"};
inline constexpr ColumnInfo trial{"trial", "repeat of the example"};
inline constexpr ColumnInfo status{"status", "how the cell ended", "", "", &status_flags};
inline constexpr ColumnInfo score{"score", "metric of the cell", "", "NaN if there is none"};
inline constexpr ColumnInfo cost{"cost", "what it took, as the program says", "",
                                 "NaN if the program does not say it"};
inline constexpr ColumnInfo output{"output", "XXH3 hash of the program's answer"};
inline constexpr ColumnInfo duration_us{"duration_us", "time the answer took", "microseconds",
                                        "of a language model's: also where it came from a cache"};
inline constexpr ColumnInfo attempts{"attempts", "deliveries it took"};
inline constexpr ColumnInfo epoch{"epoch", "session in which it was evaluated"};
inline constexpr ColumnInfo worker{"worker", "rank that evaluated it, within the session"};
inline constexpr ColumnInfo received_at{"received_at", "when its result arrived", wall_time};
}  // namespace evaluations

/// The first few failed cells of each kind.
namespace failures {
inline constexpr std::string_view table = "failures";
inline constexpr ColumnInfo candidate{"candidate",
                                      "index of the candidate, or of the text request"};
inline constexpr ColumnInfo split{"split", "part of the trainset, or a text request", "", "",
                                  &cell_split_flags};
inline constexpr ColumnInfo position = evaluations::position;
inline constexpr ColumnInfo example{"example", "name of the example, or number of the sample"};
inline constexpr ColumnInfo status = evaluations::status;
inline constexpr ColumnInfo text{"text", "what the program, or its end, had to say"};
}  // namespace failures

/// Texts that the strategy asked for; only if it did.
namespace requests {
inline constexpr std::string_view table = "requests";
inline constexpr ColumnInfo request{"request", "index in the order in which they were asked for"};
inline constexpr ColumnInfo kind{"kind", "what was asked for", "", "", &request_kind_flags};
inline constexpr ColumnInfo parameter{"parameter", "the text parameter it is about"};
inline constexpr ColumnInfo candidate{"candidate",
                                      "candidate it is about, -1 if it was not proposed"};
inline constexpr ColumnInfo attempts{"attempts", "earlier texts that were shown"};
inline constexpr ColumnInfo observations{"observations", "answers that were shown"};
inline constexpr ColumnInfo asked_at{"asked_at", "when it was asked for", wall_time};
inline constexpr ColumnInfo samples{"samples", "texts that came"};
/// By status: `samples_ok`, `samples_timeout`, ...
inline constexpr std::string_view samples_prefix = "samples_";
}  // namespace requests

/// The texts that came, in complete files.
namespace texts {
inline constexpr std::string_view table = "texts";
inline constexpr ColumnInfo request{"request", "index of the request"};
inline constexpr ColumnInfo sample{"sample", "number of the text among those of its request"};
inline constexpr ColumnInfo status = evaluations::status;
inline constexpr ColumnInfo text{"text", "what was written, or how it failed"};
inline constexpr ColumnInfo cost = evaluations::cost;
inline constexpr ColumnInfo duration_us{"duration_us", "time it took", "microseconds"};
inline constexpr ColumnInfo epoch{"epoch", "session in which it was written"};
inline constexpr ColumnInfo worker{"worker", "rank that had it written, within the session"};
inline constexpr ColumnInfo received_at{"received_at", "when it arrived", wall_time};
}  // namespace texts

/// Texts of the program's answers, if the job keeps them, and of failed cells; they lie in the heap
/// of this name.
namespace outputs {
inline constexpr std::string_view table = "outputs";
inline constexpr ColumnInfo candidate = evaluations::candidate;
inline constexpr ColumnInfo split = evaluations::split;
inline constexpr ColumnInfo position = evaluations::position;
inline constexpr ColumnInfo offset{"offset", "first byte in /heaps/outputs", "byte"};
inline constexpr ColumnInfo length{"length", "bytes of the text", "byte"};
}  // namespace outputs

namespace decisions {
inline constexpr std::string_view table = "decisions";
inline constexpr ColumnInfo heat{"heat", "group of candidates that race each other"};
inline constexpr ColumnInfo rung{"rung", "stage of the heat"};
inline constexpr ColumnInfo candidate{"candidate", "index of the candidate"};
inline constexpr ColumnInfo cells{"cells", "validation cells it was judged on"};
inline constexpr ColumnInfo score{"score", "metric over these cells"};
inline constexpr ColumnInfo rank{"rank", "standing in the heat, 0 is the best"};
inline constexpr ColumnInfo kept{"kept", "whether it went on", "", "", &truth_flags};
}  // namespace decisions

namespace progress {
inline constexpr std::string_view table = "progress";
inline constexpr ColumnInfo at{"at", "when it was noted", wall_time};
inline constexpr ColumnInfo evaluations{"evaluations", "cells finished on train and validation"};
inline constexpr ColumnInfo expected{"expected", "cells expected in the end"};
inline constexpr ColumnInfo best{"best", "best candidate so far, -1 if none"};
inline constexpr ColumnInfo best_score{"best_score", "its validation score"};
inline constexpr ColumnInfo rate{"rate", "evaluations each second, moving", "second-1"};
inline constexpr ColumnInfo slots{"slots", "slots at work"};
inline constexpr ColumnInfo failed{"failed", "cells that ended neither ok nor wrong"};
}  // namespace progress

namespace workers {
inline constexpr std::string_view table = "workers";
inline constexpr ColumnInfo epoch{"epoch", "session the worker belongs to"};
inline constexpr ColumnInfo worker{"worker", "rank within the session"};
inline constexpr ColumnInfo host{"host", "host name"};
inline constexpr ColumnInfo pid{"pid", "process"};
inline constexpr ColumnInfo slots{"slots", "cells it runs at a time"};
inline constexpr ColumnInfo presence{"presence", "last that was heard of it", "", "",
                                     &presence_flags};
inline constexpr ColumnInfo reason{"reason", "why it left"};
inline constexpr ColumnInfo joined_at{"joined_at", "when it joined", wall_time};
inline constexpr ColumnInfo left_at{"left_at", "when it left", wall_time,
                                    "the smallest int64 (NaT) if it has not"};
inline constexpr ColumnInfo cells{"cells", "cells whose first result came from it"};
inline constexpr ColumnInfo busy_s{"busy_s", "time in the program, over all slots", "seconds"};
inline constexpr ColumnInfo present_s{"present_s", "time from joining to leaving", "seconds"};
}  // namespace workers

namespace nodes {
inline constexpr std::string_view table = "nodes";
inline constexpr ColumnInfo epoch{"epoch", "session the node belongs to"};
inline constexpr ColumnInfo node{"node", "host name"};
inline constexpr ColumnInfo workers{"workers", "ranks that evaluate there, those lost excepted"};
inline constexpr ColumnInfo workers_lost{"workers_lost", "ranks that were lost there"};
inline constexpr ColumnInfo slots{"slots", "cells it runs at a time"};
inline constexpr ColumnInfo planned_slots{"planned_slots", "slots of the plan", "",
                                          "-1 if unknown"};
inline constexpr ColumnInfo asked_slots{
    "asked_slots", "slots that the job file asks for, or that the granted cores hold", "",
    "-1 if unknown"};
inline constexpr ColumnInfo note{"note", "why the plan has fewer than asked, or more than fit"};
inline constexpr ColumnInfo ranks{"ranks", "processes started there", "", "-1 if unknown"};
inline constexpr ColumnInfo cores{"cores", "cores granted to the run", "", "-1 if unknown"};
inline constexpr ColumnInfo load{"load", "runnable tasks, mean of a minute, at the last sample", "",
                                 "NaN if unknown"};
inline constexpr ColumnInfo load_of_others{"load_of_others", "of it not ours, at the start", "",
                                           "NaN if unknown"};
inline constexpr ColumnInfo gpus{"gpus", "names of its GPUs that the run may use"};
inline constexpr ColumnInfo cpu_percent{"cpu_percent", "busy share of all its processors",
                                        "percent", "NaN if unknown"};
inline constexpr ColumnInfo memory_bytes{"memory_bytes", "memory the run may use", "byte",
                                         "-1 if unknown"};
inline constexpr ColumnInfo memory_available_bytes{"memory_available_bytes", "of it, still free",
                                                   "byte", "-1 if unknown"};
inline constexpr ColumnInfo round_trip_us{
    "round_trip_us", "time of a small message to it and back, at the last look", "microseconds",
    "NaN where rank 0 is, and without TCP"};
inline constexpr ColumnInfo last_seen{"last_seen", "last sign of life", wall_time,
                                      "the smallest int64 (NaT) if there was none"};
}  // namespace nodes

/// A row is a registration.
namespace services {
inline constexpr std::string_view table = "services";
inline constexpr ColumnInfo epoch{"epoch", "session in which it was registered"};
inline constexpr ColumnInfo name{"name", "unique among those that are there at a time"};
inline constexpr ColumnInfo worker{"worker", "rank that registered it, within the session"};
inline constexpr ColumnInfo node{"node", "host name; empty if unknown"};
inline constexpr ColumnInfo capabilities{"capabilities", "what it can do: words"};
inline constexpr ColumnInfo metadata{"metadata", "what else it says: key=value, ..."};
inline constexpr ColumnInfo registered_at{"registered_at", "when it was registered", wall_time};
inline constexpr ColumnInfo ended_at{"ended_at", "when it ended", wall_time,
                                     "the smallest int64 (NaT) if its session ended before"};
}  // namespace services

/// A row is a sample of a node.
namespace health {
inline constexpr std::string_view table = "health";
inline constexpr ColumnInfo epoch{"epoch", "session in which it was taken"};
inline constexpr ColumnInfo at{"at", "when it was taken", wall_time};
inline constexpr ColumnInfo node = nodes::node;
inline constexpr ColumnInfo worker{"worker", "rank that took it, within the session"};
inline constexpr ColumnInfo cores{"cores", "cores granted to the run"};
inline constexpr ColumnInfo load{"load", "runnable tasks, mean of a minute", "", "NaN if unknown"};
inline constexpr ColumnInfo cpu_percent{"cpu_percent",
                                        "busy share of all its processors since the last sample",
                                        "percent", "NaN if unknown"};
inline constexpr ColumnInfo memory_bytes = nodes::memory_bytes;
inline constexpr ColumnInfo memory_available_bytes = nodes::memory_available_bytes;
inline constexpr ColumnInfo pressure_cpu{"pressure_cpu", "time tasks waited for a processor",
                                         "percent", "NaN if unknown"};
inline constexpr ColumnInfo pressure_memory{"pressure_memory", "time tasks waited for memory",
                                            "percent", "NaN if unknown"};
inline constexpr ColumnInfo pressure_io{"pressure_io", "time tasks waited for disks", "percent",
                                        "NaN if unknown"};
}  // namespace health

/// A row is a look of rank 0 at its messages.
namespace traffic {
inline constexpr std::string_view table = "traffic";
inline constexpr ColumnInfo epoch{"epoch", "session whose messages they are"};
inline constexpr ColumnInfo at{"at", "when they were counted", wall_time};
inline constexpr ColumnInfo received{"received", "messages from workers since the session began"};
inline constexpr ColumnInfo sent{"sent", "messages to workers since then"};
inline constexpr ColumnInfo round_trip_us{"round_trip_us",
                                          "time of a small message and back, mean of the nodes",
                                          "microseconds", "NaN if unknown"};
}  // namespace traffic

/// One row once the run is finished, none before.
namespace result {
inline constexpr std::string_view table = "result";
inline constexpr ColumnInfo winner{"winner", "best candidate, -1 if none is valid"};
inline constexpr ColumnInfo baseline{"baseline", "candidate it is compared with"};
inline constexpr ColumnInfo validation_winner{"validation_winner", "its validation score"};
inline constexpr ColumnInfo validation_baseline{
    "validation_baseline", "the baseline's validation score", "", "NaN when racing stopped it"};
inline constexpr std::string_view test_winner = "test_winner";
inline constexpr std::string_view test_baseline = "test_baseline";
inline constexpr std::string_view test_difference = "test_difference";
inline constexpr std::string_view low_suffix = "_low";
inline constexpr std::string_view high_suffix = "_high";
inline constexpr ColumnInfo answer{"answer", "digest of the answer"};
inline constexpr ColumnInfo stop_reason{"stop_reason", "why the search ended"};
inline constexpr ColumnInfo evaluations{"evaluations", "cells on train and validation"};
inline constexpr ColumnInfo test_evaluations{"test_evaluations", "cells on test"};
inline constexpr ColumnInfo duplicates{"duplicates", "results that came a second time"};
inline constexpr ColumnInfo at{"at", "when the run finished", wall_time};
}  // namespace result

/// Files of `foundation merge`: the tables above of several runs, one run below the other, each
/// with `run` as its first column, and the two tables below.
inline constexpr std::string_view merged_schema_name = "foundation.merged";

namespace runs {
inline constexpr std::string_view table = "runs";
inline constexpr ColumnInfo run{"run", "number of the run in this file"};
inline constexpr ColumnInfo seed{"seed", "seed of all its random streams"};
inline constexpr ColumnInfo folder{"folder", "run folder it was read from"};
inline constexpr ColumnInfo identity{"identity", "digest of all that defines its trajectory"};
inline constexpr ColumnInfo winner{"winner", "its best candidate"};
inline constexpr ColumnInfo winner_settings{"winner_settings", "parameters of the winner"};
inline constexpr ColumnInfo winner_digest{
    "winner_digest", "digest of the winner's parameters and demonstrations, the same in all runs"};
// Then the scores, the answer and the counts as in the table `result`.
}  // namespace runs

/// One row. Scores are those of the winners on test.
namespace merged_summary {
inline constexpr std::string_view table = "summary";
inline constexpr ColumnInfo runs{"runs", "runs in this file"};
inline constexpr ColumnInfo best_run{"best_run", "run with the best validation score"};
inline constexpr ColumnInfo test_mean{"test_mean", "mean test score", "", "NaN without a test"};
inline constexpr ColumnInfo test_deviation{
    "test_deviation", "standard deviation of the test scores over runs", "", "NaN for one run"};
inline constexpr ColumnInfo test_least{"test_least", "smallest test score"};
inline constexpr ColumnInfo test_largest{"test_largest", "largest test score"};
inline constexpr ColumnInfo winners{"winners", "different winners"};
}  // namespace merged_summary

}  // namespace foundation::storage::schema
