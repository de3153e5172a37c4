#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using model::ParameterKind;
using testing::ElementsAre;
using testing::HasSubstr;

/// The smallest job of a black box, in seven lines.
constexpr std::string_view black_box =
    "[metric]\nkind = \"value\"\n[strategy]\nkind = \"random\"\n"
    "[program]\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"echo {x}\"]\n";
constexpr std::string_view with_x =
    "[program.parameters]\nx = {kind = \"real\", low = 0, high = 1}\n";

std::string join(std::string_view first, std::string_view second, std::string_view third = {}) {
  return std::string{first} + std::string{second} + std::string{third};
}

class CommandJob : public JobFile {
 protected:
  [[nodiscard]] core::Error complaint(const std::string& text) const {
    try {
      require_commands(load(text));
    } catch (const core::Error& error) {
      return error;
    }
    return {core::ErrorKind::internal, "accepted"};
  }
};

TEST_F(CommandJob, needs_no_trainset) {
  const Job job = load(join(black_box, with_x));
  EXPECT_TRUE(job.trainset.file.empty());
  EXPECT_EQ(job.split.validation, 1);
  EXPECT_NO_THROW(require_trainset(job));
  EXPECT_EQ(programs::load_dataset(job.trainset).examples.size(), 1U);
  EXPECT_EQ(effective_toml(job).find("[trainset"), std::string::npos);
}

TEST_F(CommandJob, may_have_one) {
  const Job job = load(
      join("[trainset]\nfile = \"a.csv\"\ninput = \"path\"\nlabel = \"\"\n", black_box, with_x));
  EXPECT_EQ(job.split.validation, 0.25);
  EXPECT_THAT(complaint(join("[trainset]\nfile = \"a.csv\"\n", black_box, with_x)).what(),
              HasSubstr("the mandatory key 'trainset.input' is missing"));
}

TEST_F(CommandJob, finds_its_executable) {
  EXPECT_TRUE(load(join(black_box, with_x)).program.command.executable.ends_with("/sh"));
  const Job job = load(join(black_box, "", with_x), {"program.command=[\"./solve\"]"});
  EXPECT_EQ(job.program.command.executable, "");
  EXPECT_EQ(job.program.command.folder, folder().string());
}

TEST_F(CommandJob, declares_its_parameters) {
  const Job job =
      load(join(black_box,
                "[program.parameters]\n"
                "x = {kind = \"log_real\", low = 1, high = 100}\n"
                "n = {kind = \"integer\", low = 1, high = 8, when = {rule = \"b\"}}\n"
                "rule = {kind = \"categorical\", choices = [\"a\", \"b\"], "
                "description = \"how\"}\n"
                "fast = {kind = \"boolean\"}\n"
                "tag = {kind = \"text\", choices = [\"u\", \"v\"], initial = \"v\"}\n"));
  const model::Space space{job.program.command.parameters};
  std::vector<std::string> names;
  for (const model::Parameter& parameter : space.parameters()) names.push_back(parameter.name);
  EXPECT_THAT(names, ElementsAre("x", "rule", "n", "fast", "tag"))
      << "as they stand there, each behind what it depends on";
  EXPECT_EQ(space.find("x")->initial, model::Value{10.0});
  EXPECT_EQ(space.find("n")->initial, model::Value{std::int64_t{4}});
  EXPECT_EQ(space.find("n")->conditions.front().values, std::vector<std::string>{"b"});
  EXPECT_EQ(space.find("rule")->initial, model::Value{std::string{"a"}});
  EXPECT_EQ(space.find("rule")->description, "how");
  EXPECT_EQ(space.find("fast")->initial, model::Value{false});
  EXPECT_EQ(space.find("tag")->initial, model::Value{std::string{"v"}});
}

TEST_F(CommandJob, narrows_declared_parameters_from_the_command_line) {
  const auto parameter = [&](const std::string& change) {
    return load(join(black_box, with_x), {"program.parameters.x=" + change})
        .program.command.parameters.front();
  };
  EXPECT_EQ(parameter("0.25").low, 0.25);
  EXPECT_EQ(parameter("0.25").high, 0.25);
  EXPECT_EQ(parameter("0.25").initial, model::Value{0.25});
  EXPECT_EQ(parameter("{low = 0.5, initial = 0.75}").low, 0.5);
  EXPECT_EQ(parameter("{low = 0.5, initial = 0.75}").high, 1);
}

TEST_F(CommandJob, is_the_same_when_written_out) {
  const std::string text = join(
      black_box,
      "files = []\nanswer = \"regex\"\nanswer_pattern = \"a \\\\\\\\ ([0-9]+)\"\n"
      "exit_statuses = [0, 10]\n"
      "[program.parameters]\nx = {kind = \"real\", low = 0, high = 1, when = {\"a b\" = [1, 2]}}\n"
      "\"a b\" = {kind = \"integer\", low = 1, high = 3}\n"
      "[program.limits]\ntime = \"3s\"\nmemory = \"1GiB\"\nprocesses = \"none\"\n"
      "too_much_output = \"drop\"\n[program.environment]\npass = [\"PATH\"]\nset = {A = "
      "\"x=\\\"y\"}\n");
  const Job job = load(text);
  const std::string written = effective_toml(job);
  const Job again = load_job(write(written, "elsewhere/job.toml"));
  std::string there = effective_toml(again);
  EXPECT_EQ(there, written);
  const model::Space space{job.program.command.parameters};
  EXPECT_EQ(identity(job, space, "p", {}), identity(again, space, "p", {}));
  EXPECT_EQ(again.program.command.limits.processes, 0U);
  EXPECT_EQ(again.program.command.environment.at("A"), "x=\"y");
}

TEST_F(CommandJob, gives_timeouts_their_penalty) {
  const std::string times =
      join(black_box, "answer = \"wall_time\"\n[program.limits]\ntime = \"3s\"\n", with_x);
  EXPECT_EQ(load(times, {"metric.penalty=10"}).metric.timeout_value, 30);
  EXPECT_THAT(complaint(join("", times)).what(), HasSubstr("accepted"));
}

/// What a key needs beside itself to mean something.
std::vector<std::string> company_of(std::string_view path) {
  if (path == "program.restart") return {"program.mode=persistent", "program.command=[\"sh\"]"};
  if (path == "program.mode") return {"program.command=[\"sh\"]"};
  if (path == "program.answer_pointer" || path == "program.cost_pointer")
    return {"program.answer=json"};
  if (path == "program.answer_pattern") return {"program.answer=regex", "program.answer_pattern=x"};
  if (path == "metric.penalty") return {"program.answer=wall_time"};
  if (path == "metric.pointer") return {"metric.kind=json_field"};
  if (path.ends_with("_tolerance")) return {"metric.kind=numeric_tolerance"};
  if (path == "metric.command") return {"metric.kind=command", "metric.command=[\"true\"]"};
  if (path == "metric.time_limit") return {"metric.kind=command", "metric.command=[\"sh\"]"};
  return {};
}

TEST_F(CommandJob, reads_and_shows_every_key) {
  const std::string examples = "[trainset]\nfile = \"a.csv\"\ninput = \"path\"\nlabel = \"y\"\n";
  for (const std::string_view given : command_overrides) {
    const std::string_view path = given.substr(0, given.find('='));
    std::vector<std::string> overrides = company_of(path);
    const std::string without = effective_toml(load(join(examples, black_box, with_x), overrides));
    overrides.emplace_back(given);
    const Job job = load(join(examples, black_box, with_x), overrides);
    EXPECT_NE(effective_toml(job), without) << given;
    const Job again = load_job(write(effective_toml(job), "again.toml"));
    EXPECT_EQ(effective_toml(again), effective_toml(job)) << given;
  }
}

TEST_F(CommandJob, has_another_identity_with_other_options) {
  const auto identity_with = [&](const std::string& change) {
    const Job job = load(join(black_box, with_x), {change});
    return identity(job, model::Space{job.program.command.parameters}, "p", {});
  };
  const core::Digest first = identity_with("job.name=a");
  EXPECT_EQ(identity_with("program.limits.grace=5s"), first);
  EXPECT_EQ(identity_with("program.folder=/tmp"), first);
  for (const char* change :
       {"program.command=[\"sh\", \"{x}\"]", "program.limits.time=3s", "program.exit_statuses=[1]",
        "program.environment.set={A = \"1\"}", "metric.direction=max", "program.parameters.x=0.5"})
    EXPECT_NE(identity_with(change), first) << change;
}

struct BadCommand {
  std::string_view added;  ///< from line 8
  std::string_view place;
  std::string_view message;
  std::string_view hint;
};
void PrintTo(const BadCommand& bad, std::ostream* stream) { *stream << bad.added; }

constexpr BadCommand bad_commands[] = {
    {"", "7:24", "there is no placeholder '{x}'", "placeholders are {seed}"},
    {"[program.parameters]\nX = {kind = \"real\", low = 0, high = 1}", "7:24",
     "there is no placeholder '{x}'", "did you mean '{X}'?"},
    {"[program.parameters]\nx = 3", "9:1", "parameter 'x' has no kind", "declare it"},
    {"[program.parameters]\nx = {kind = \"reel\"}", "9:13", "'kind' is 'reel'",
     "did you mean 'real'?"},
    {"[program.parameters]\nx = {kind = \"real\", low = 1}", "9:5",
     "'x' is real and needs low and high", ""},
    {"[program.parameters]\nx = {kind = \"real\", lw = 1}", "9:21", "unknown key 'lw'",
     "did you mean 'low'?"},
    {"[program.parameters]\nx = {kind = \"boolean\", low = 1}", "9:30",
     "'low' means nothing to a parameter that is boolean", ""},
    {"[program.parameters]\nx = {kind = \"real\", low = 2, high = 1}", "9:1",
     "lowest value 2 is above", ""},
    {"[program.parameters]\nx = {kind = \"real\", low = 0, high = 1, initial = 2}", "9:1",
     "above its highest value 1", ""},
    {"[program.parameters]\nx = {kind = \"real\", low = 0, high = 1, when = {y = 1}}", "9:1",
     "'y', which is not an earlier parameter", ""},
    {"mode = \"persistnt\"", "8:8", "'mode' is 'persistnt'", "did you mean 'persistent'?"},
    {"restart = \"candidate\"\n[program.parameters]\nx = {kind = \"boolean\"}", "8:11",
     "'restart' means nothing with mode = \"one_shot\"", ""},
    {"mode = \"persistent\"\n[program.parameters]\nx = {kind = \"boolean\"}", "7:24",
     "'{x}' differs from candidate to candidate", "told with each request"},
    {"answer = \"regex\"\n[program.parameters]\nx = {kind = \"boolean\"}", "8:10",
     "needs 'answer_pattern'", ""},
    {"answer = \"regex\"\nanswer_pattern = \"(\"\n[program.parameters]\nx = {kind = \"boolean\"}",
     "9:18", "'(' is no regular expression", "POSIX"},
    {"answer_pointer = \"/a\"\n[program.parameters]\nx = {kind = \"boolean\"}", "8:18",
     "'answer_pointer' means nothing with answer = \"text\"", "set answer = \"json\""},
    {"answer_file = \"../x\"\n[program.parameters]\nx = {kind = \"boolean\"}", "8:15",
     "leads out of the scratch folder", ""},
    {"files = [\"nothing\"]\n[program.parameters]\nx = {kind = \"boolean\"}", "8:9",
     "nothing' is no file that is there", ""},
    {"exit_statuses = [256]", "8:18", "must be at most 255", ""},
    {"[program.limits]\nmemory = 0", "9:10", "must be at least 1", ""},
    {"[program.environment]\nset = {A = 1}", "9:12", "'A' must be a string", ""},
};

class BadCommands : public CommandJob, public testing::WithParamInterface<BadCommand> {};

TEST_P(BadCommands, are_refused_at_their_place) {
  const core::Error error = complaint(join(black_box, GetParam().added, "\n"));
  EXPECT_EQ(std::to_string(error.place().line) + ":" + std::to_string(error.place().column),
            GetParam().place)
      << core::describe(error);
  EXPECT_THAT(error.what(), HasSubstr(std::string{GetParam().message}));
  EXPECT_THAT(error.hint(), HasSubstr(std::string{GetParam().hint}));
}
INSTANTIATE_TEST_SUITE_P(Table, BadCommands, testing::ValuesIn(bad_commands));

TEST_F(CommandJob, names_what_cannot_be_run) {
  const auto with_command = [&](const std::string& command) {
    return complaint(
        "[metric]\nkind = \"value\"\n[program]\nkind = \"command\"\ncommand = " + command + "\n");
  };
  const core::Error missing = with_command("[\"no-such-solver\"]");
  EXPECT_STREQ(missing.what(), "the program 'no-such-solver' is not in any folder of PATH");
  EXPECT_EQ(missing.place().line, 5U);
  EXPECT_EQ(missing.place().column, 12U);
  EXPECT_THAT(with_command("[\"./solve\"]").what(), HasSubstr("'./solve' does not exist"));
  write("", "solve");
  EXPECT_THAT(with_command("[\"./solve\"]").what(), HasSubstr("'./solve' may not be executed"));
  EXPECT_THAT(with_command("[]").what(), HasSubstr("must name a program"));
  EXPECT_THAT(with_command("[[\"a\", \"b\"]]").what(), HasSubstr("must begin with"));
}

TEST_F(CommandJob, refuses_keys_of_commands_elsewhere) {
  EXPECT_THAT(complaint(join(smallest, "mode = \"one_shot\"\n")).what(),
              HasSubstr("'mode' means nothing with kind = \"text_classifier\""));
  EXPECT_THAT(
      complaint(join(smallest, "[program.parameters]\nrule = {kind = \"boolean\"}\n")).what(),
      HasSubstr("\"text_classifier\" has parameters of its own"));
  EXPECT_THAT(complaint(join(smallest, "[metric]\npenalty = 10\n")).what(),
              HasSubstr("'penalty' means nothing with kind = \"accuracy\""));
}

TEST_F(CommandJob, refuses_a_metric_of_labels_without_a_trainset) {
  const core::Error error = complaint("[program]\nkind = \"command\"\ncommand = [\"sh\"]\n");
  EXPECT_THAT(error.what(), HasSubstr("compares with labels, but there is no [trainset]"));
  EXPECT_THAT(error.hint(), HasSubstr("kind = \"value\""));
}

}  // namespace
}  // namespace foundation::job
