#include <filesystem>
#include <fstream>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "programs/program.hpp"

namespace foundation::programs {
namespace {

namespace fs = std::filesystem;
using model::CellStatus;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

bool has_no_children() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0;
}

/// Two examples with a field `text`, a parameter `a`, and scripts as the program.
class Command : public testing::Test {
 protected:
  Command() {
    data_.data.input_names = {"text"};
    data_.data.examples = {{"1", {"first"}, "", "", 1}, {"2", {"second"}, "", "", 1}};
    data_.order[1] = {0, 1};
    options_.kind = "command";
    options_.command.executable = "/bin/sh";
    options_.command.parameters = {{.name = "a",
                                    .kind = model::ParameterKind::integer,
                                    .low = 0,
                                    .high = 100,
                                    .choices = {},
                                    .initial = std::int64_t{5},
                                    .conditions = {},
                                    .description = {}}};
  }
  ~Command() override { EXPECT_TRUE(has_no_children()); }

  void script(const std::string& text, std::vector<std::string> more = {}) {
    options_.command.arguments = {{"-c"}, {text}, {"sh"}};
    for (std::string& argument : more) options_.command.arguments.push_back({std::move(argument)});
  }
  /// Runs the candidate a = 5 on the examples in turn.
  std::vector<CellOutput> run(int cells) const {
    const auto program = make_program(options_, data_);
    const model::Candidate candidate{3, 0, "", program->space().initial()};
    const auto prepared = program->prepare(candidate, data_);
    std::vector<CellOutput> outputs;
    for (int i = 0; i < cells; ++i) outputs.push_back(prepared->run(cell(i)));
    return outputs;
  }
  CellOutput run() const { return run(1).front(); }
  [[nodiscard]] CellInput cell(int number) const {
    const auto position = static_cast<std::uint32_t>(number % 2);
    return {&data_.data.examples[position], model::Split::validation, position, 0};
  }

  SplitDataset data_;
  ProgramOptions options_;
};

TEST_F(Command, runs_in_a_child_and_has_the_declared_space) {
  script("true");
  const auto program = make_program(options_, data_);
  EXPECT_TRUE(program->runs_in_child());
  EXPECT_EQ(program->space().parameters().front().name, "a");
}

TEST_F(Command, answers_its_output) {
  script("echo \" $1 $2 \"", {"{{{a}", "{example.text}"});
  const auto outputs = run(2);
  EXPECT_EQ(outputs[0].text, "{5 first");
  EXPECT_EQ(outputs[1].text, "{5 second");
  EXPECT_EQ(outputs[1].status, CellStatus::ok);
}

TEST_F(Command, has_the_same_seed_for_all_candidates) {
  script("echo $1", {"{seed}"});
  const auto program = make_program(options_, data_);
  const auto one = program->prepare({1, 0, "", program->space().initial()}, data_);
  const auto two = program->prepare({2, 0, "", program->space().initial()}, data_);
  EXPECT_EQ(one->run(cell(0)).text, two->run(cell(0)).text);
  EXPECT_NE(one->run(cell(0)).text, one->run(cell(1)).text);
}

TEST_F(Command, finds_each_run_an_empty_scratch_folder_that_is_gone_in_the_end) {
  script("ls -A; touch file; pwd > file; mktemp -d > /dev/null; cat file");
  const auto outputs = run(2);
  EXPECT_EQ(outputs[0].text, outputs[1].text);
  EXPECT_THAT(outputs[0].text, HasSubstr("foundation-scratch."));
  EXPECT_FALSE(fs::exists(outputs[0].text));
}

TEST_F(Command, sees_only_the_environment_it_is_to_see) {
  setenv("COMMAND_TEST_SECRET", "x", 1);
  options_.command.environment = {{"NAME", "value"}};
  script("env | grep -c SECRET; echo $NAME; test -d $TMPDIR && echo there");
  EXPECT_EQ(run().text, "0\nvalue\nthere");
}

TEST_F(Command, answers_by_a_regular_expression) {
  script("echo cost: 3; echo cost: 4 cost: 55; echo done");
  options_.command.answer = {.kind = AnswerKind::regex, .pattern = "cost: ([0-9]+)"};
  EXPECT_EQ(run().text, "55") << "the last match of the last line that has one";
  options_.command.answer.pattern = "c[a-z]+: 3";
  EXPECT_EQ(run().text, "cost: 3") << "all of it without a group";
  options_.command.answer.pattern = "price";
  EXPECT_EQ(run().status, CellStatus::invalid_output);
  EXPECT_THAT(run().text, StartsWith("'price' matches nothing in 'cost: 3"));
}

TEST_F(Command, refuses_what_is_no_pattern_or_pointer) {
  script("true");
  for (const char* pattern : {"(", "a{2,1}", "\\d+"}) {
    options_.command.answer = {.kind = AnswerKind::regex, .pattern = pattern};
    EXPECT_THROW(static_cast<void>(make_program(options_, data_)), core::Error) << pattern;
  }
  options_.command.answer = {.kind = AnswerKind::json, .pointer = "no/slash"};
  EXPECT_THROW(static_cast<void>(make_program(options_, data_)), core::Error);
}

TEST_F(Command, answers_by_a_json_field_of_stdout_or_a_file) {
  script(R"(echo '{{"a": {{"b": [1, 2.5]}}, "t": "x y"}}')");
  options_.command.answer = {.kind = AnswerKind::json, .pointer = "/a/b/1"};
  EXPECT_EQ(run().text, "2.5");
  options_.command.answer.pointer = "/t";
  EXPECT_EQ(run().text, "x y");
  options_.command.answer.pointer = "/nothing";
  EXPECT_EQ(run().status, CellStatus::invalid_output);
  script(R"(mkdir out; echo '[7]' > out/result.json; echo other)");
  options_.command.answer = {.kind = AnswerKind::json, .file = "out/result.json", .pointer = "/0"};
  EXPECT_EQ(run().text, "7");
  script("ln -s /etc/passwd result; echo x");
  options_.command.answer = {.kind = AnswerKind::text, .file = "result"};
  EXPECT_EQ(run().status, CellStatus::invalid_output) << "a link leads out of the scratch folder";
}

TEST_F(Command, says_what_it_costs_in_json) {
  script(R"(echo '{{"error": 0.5, "visits": [7.25, "much"]}}')");
  options_.command.answer = {
      .kind = AnswerKind::json, .pointer = "/error", .cost_pointer = "/visits/0"};
  EXPECT_EQ(run().text, "0.5");
  EXPECT_EQ(run().cost, 7.25);
  options_.command.answer.cost_pointer = "/visits/1";
  EXPECT_EQ(run().status, CellStatus::invalid_output);
  EXPECT_THAT(run().text,
              StartsWith("there is no number at '/visits/1', where its cost should be"));
  options_.command.answer.cost_pointer.clear();
  EXPECT_EQ(run().cost, std::nullopt);
}

TEST_F(Command, answers_its_exit_status_or_time) {
  script("exit 3");
  options_.command.answer.kind = AnswerKind::exit_status;
  options_.command.exit_statuses.clear();
  EXPECT_EQ(run().text, "3");
  script("sleep 0.05");
  options_.command.answer.kind = AnswerKind::wall_time;
  EXPECT_GE(std::stod(run().text), 0.05);
  options_.command.answer.kind = AnswerKind::cpu_time;
  EXPECT_GT(std::stod(run().text), 0.0);
}

TEST_F(Command, takes_the_exit_statuses_that_are_fine) {
  script("echo 1; exit 20");
  EXPECT_EQ(run().status, CellStatus::crashed);
  options_.command.exit_statuses = {10, 20};
  EXPECT_EQ(run().status, CellStatus::ok);
}

TEST_F(Command, tells_each_failure_as_itself) {
  struct Case {
    std::string script;
    CellStatus status;
    std::string text;
  };
  options_.command.limits = {
      .memory_bytes = std::uint64_t{100} << 20, .processes = 10, .output_bytes = 1000, .grace = 0s};
  const Case cases[] = {
      {"echo why >&2; exit 3", CellStatus::crashed, "exit status 3\nwhy"},
      {"kill -SEGV $$", CellStatus::crashed, "ended by SIGSEGV"},
      {"echo stuck >&2; sleep 100", CellStatus::timeout, "ran longer than 300ms\nstuck"},
      {"trap '' TERM; while :; do sleep 1; done", CellStatus::timeout, "ran longer than 300ms"},
      {"exec python3 -c 'x = bytearray(300 << 20); import time; time.sleep(100)'",
       CellStatus::out_of_memory, "used more memory than 100.0 MiB"},
      {"i=0; while [ $i -lt 50 ]; do sleep 100 & i=$((i+1)); done; wait", CellStatus::crashed,
       "had more than 10 processes"},
      {"yes", CellStatus::invalid_output, "printed more than 1000.0 B"},
  };
  for (const Case& it : cases) {
    script(it.script);
    options_.command.limits.wall = it.status == CellStatus::timeout ? 300ms : 60s;
    const CellOutput output = run();
    EXPECT_EQ(output.status, it.status) << it.script;
    EXPECT_THAT(output.text, StartsWith(it.text.substr(0, 12))) << it.script;
    EXPECT_TRUE(has_no_children()) << it.script;
  }
}

TEST_F(Command, is_lost_where_it_cannot_be_started) {
  script("true");
  options_.command.executable = "/nowhere";
  EXPECT_EQ(run().status, CellStatus::lost);
  EXPECT_EQ(run().text, "cannot be started: No such file or directory");
}

TEST_F(Command, has_failed_when_its_arguments_are_too_long) {
  data_.data.examples[0].inputs[0] = std::string(1 << 20, 'x');
  script("true", {"{example.text}"});
  EXPECT_EQ(run().status, CellStatus::crashed);
}

TEST_F(Command, shows_text_that_is_no_text) {
  script("printf 'a\\377b'");
  EXPECT_EQ(run().text,
            "a\xEF\xBF\xBD"
            "b");
}

class CommandIdentity : public Command {
 protected:
  CommandIdentity() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    options_.command.folder = folder_.string();
  }
  ~CommandIdentity() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream{folder_ / name} << text;
    fs::permissions(folder_ / name, fs::perms::owner_all);
  }
  [[nodiscard]] std::string identity() const { return make_program(options_, data_)->identity(); }
  fs::path folder_ = fs::current_path() / "command_identity";
};

TEST_F(CommandIdentity, is_that_of_its_contents) {
  write("solve", "#!/bin/sh\necho 1\n");
  write("script", "1");
  write("table", "1");
  options_.command.executable = (folder_ / "solve").string();
  options_.command.arguments = {{"{folder}/script"}};
  options_.command.files = {(folder_ / "table").string()};
  const std::string first = identity();
  EXPECT_THAT(first, StartsWith("command 1 "));
  EXPECT_EQ(identity(), first);
  std::string last = first;
  for (const char* file : {"solve", "script", "table"}) {
    write(file, "2");
    EXPECT_NE(identity(), last) << file;
    last = identity();
  }
  fs::remove(folder_ / "table");
  EXPECT_THROW(static_cast<void>(identity()), core::Error);
}

/// A persistent program in Python; `answer(request)` makes its reply.
class PersistentCommand : public Command {
 protected:
  void answer(const std::string& body) {
    options_.command.mode = CommandMode::persistent;
    options_.command.executable = "/usr/bin/python3";
    std::string code =
        "import json, os, sys, time\ncount = 0\n"
        "for line in sys.stdin:\n  request = json.loads(line)\n  count += 1\n  " +
        body + "\n  print(json.dumps(reply), flush=True)\n";
    std::string doubled;
    for (const char c : code)
      doubled += c == '{' || c == '}' ? std::string(2, c) : std::string(1, c);
    options_.command.arguments = {{"-c"}, {doubled}};
  }
};

TEST_F(PersistentCommand, is_asked_many_times) {
  answer(
      "reply = {'id': request['id'], 'output': [request['inputs']['text'], "
      "request['parameters']['a'], request['trial'], count]}");
  const auto outputs = run(3);
  EXPECT_EQ(outputs[0].text, "[\"first\",5,0,1]");
  EXPECT_EQ(outputs[1].text, "[\"second\",5,0,2]");
  EXPECT_EQ(outputs[2].text, "[\"first\",5,0,3]");
}

TEST_F(PersistentCommand, may_answer_a_score_or_an_error) {
  answer(
      "reply = {'id': request['id'], **({'score': 0.25} if count == 1 else {'error': 'no luck'})}");
  const auto outputs = run(2);
  EXPECT_EQ(outputs[0].text, "0.25");
  EXPECT_EQ(outputs[1].status, CellStatus::crashed);
  EXPECT_EQ(outputs[1].text, "it reports an error: no luck");
}

TEST_F(PersistentCommand, may_say_what_its_answer_costs) {
  answer("reply = {'id': request['id'], 'output': 'x', **({'cost': 0.1} if count == 1 else {})}");
  const auto outputs = run(2);
  EXPECT_EQ(outputs[0].text, "x");
  EXPECT_EQ(outputs[0].cost, 0.1);
  EXPECT_EQ(outputs[1].cost, std::nullopt);
}

TEST_F(PersistentCommand, that_breaks_the_protocol_is_started_anew) {
  for (const char* reply :
       {"'nonsense'", "{'id': -1, 'output': 1}", "{'id': request['id']}",
        "{'id': request['id'], 'output': 1, 'score': 1}", "{'id': request['id'], 'score': 'x'}",
        "{'id': request['id'], 'output': 1, 'cost': 'x'}"}) {
    answer(std::string{"reply = {'id': request['id'], 'output': count} if count < 3 else "} +
           reply);
    const auto outputs = run(4);
    EXPECT_EQ(outputs[1].text, "2");
    EXPECT_EQ(outputs[2].status, CellStatus::invalid_output) << reply;
    EXPECT_THAT(outputs[2].text, StartsWith("its reply ")) << reply;
    EXPECT_EQ(outputs[3].text, "1") << "by a fresh process";
  }
}

TEST_F(PersistentCommand, that_has_died_of_earlier_cells_is_given_another_try) {
  answer("reply = {'id': request['id'], 'output': count}\n  if count == 3: sys.exit('worn out')");
  const auto outputs = run(4);
  EXPECT_EQ(outputs[2].text, "1");
  EXPECT_EQ(outputs[3].text, "2");
}

TEST_F(PersistentCommand, that_dies_in_a_fresh_process_has_crashed) {
  answer(
      "reply = {'id': request['id'], 'output': count}\n"
      "  if request['inputs']['text'] == 'second': print('bad', file=sys.stderr); os.abort()");
  const auto outputs = run(3);
  EXPECT_EQ(outputs[0].text, "1");
  EXPECT_EQ(outputs[1].status, CellStatus::crashed);
  EXPECT_EQ(outputs[1].text, "it ended without an answer: ended by SIGABRT\nbad");
  EXPECT_EQ(outputs[2].text, "1");
}

TEST_F(PersistentCommand, that_hangs_is_ended) {
  options_.command.limits.wall = 2s;
  options_.command.limits.grace = 0s;
  answer(
      "reply = {'id': request['id'], 'output': count}\n"
      "  if request['inputs']['text'] == 'second': time.sleep(100)");
  const auto outputs = run(3);
  EXPECT_EQ(outputs[1].status, CellStatus::timeout);
  EXPECT_EQ(outputs[2].text, "1");
}

TEST_F(PersistentCommand, is_restarted_for_each_candidate_if_asked) {
  answer("reply = {'id': request['id'], 'output': count}");
  for (const Restart restart : {Restart::never, Restart::candidate}) {
    options_.command.restart = restart;
    const auto program = make_program(options_, data_);
    const auto one = program->prepare({1, 0, "", program->space().initial()}, data_);
    const auto two = program->prepare({2, 0, "", program->space().initial()}, data_);
    EXPECT_EQ(one->run(cell(0)).text, "1");
    EXPECT_EQ(two->run(cell(0)).text, restart == Restart::never ? "2" : "1");
  }
}

/// Parameter `prompt`, whose values the program writes itself.
class WritingCommand : public PersistentCommand {
 protected:
  WritingCommand() {
    options_.command.parameters.push_back({.name = "prompt",
                                           .kind = model::ParameterKind::text,
                                           .low = 0,
                                           .high = 0,
                                           .choices = {"Do it."},
                                           .initial = std::string{"Do it."},
                                           .conditions = {},
                                           .description = {}});
    data_.data.examples[1].label = "2nd";
    data_.order[0] = {1};
    request_ = {.parameter = "prompt", .attempts = {{"Do.", 0.25}}, .examples = {0}};
    request_.assignment.set("prompt", std::string{"Do it."});
    request_.observations = {
        {.position = 1, .status = CellStatus::wrong, .score = 0.5, .output = "out"}};
  }
  [[nodiscard]] CellOutput write(std::uint32_t sample = 0) const {
    const std::vector<std::string> feedback{"Not so."};
    return make_program(options_, data_)
        ->write({.request = &request_, .feedback = feedback, .sample = sample, .trials = 2}, data_);
  }

  model::TextRequest request_;
};

TEST_F(WritingCommand, is_told_all_there_is_to_know) {
  answer(
      "w = request.pop('write'); s = request.pop('seed')\n"
      "  example = {'inputs': {'text': 'second'}, 'label': '2nd'}\n"
      "  assert w == {'kind': 'rewrite', 'parameter': 'prompt', 'notes': '', 'tip': '',\n"
      "    'parameters': {'prompt': 'Do it.'}, 'attempts': [{'text': 'Do.', 'score': 0.25}],\n"
      "    'examples': [example], 'observations': [{**example, 'output': 'out',\n"
      "    'status': 'wrong', 'score': 0.5, 'feedback': 'Not so.'}]}, w\n"
      "  reply = {**request, 'text': 'Do it better: ' + str(s)}");
  const CellOutput text = write();
  EXPECT_EQ(text.status, CellStatus::ok);
  EXPECT_THAT(text.text, StartsWith("Do it better: "));
  EXPECT_EQ(write().text, text.text) << "the same question";
  EXPECT_NE(write(1).text, text.text) << "another sample";
}

TEST_F(WritingCommand, may_fail) {
  answer("reply = {'id': request['id'], 'error': 'no idea'}");
  EXPECT_EQ(write().status, CellStatus::crashed);
  answer("reply = {'id': request['id'], 'output': 'text'}");
  EXPECT_EQ(write().status, CellStatus::invalid_output);
  EXPECT_THAT(write().text, StartsWith("its reply has not exactly one of text and error"));
}

TEST_F(WritingCommand, uses_the_process_of_the_cells_unless_each_candidate_has_its_own) {
  answer("reply = {'id': request['id'], ('text' if 'write' in request else 'output'): str(count)}");
  for (const Restart restart : {Restart::never, Restart::candidate}) {
    options_.command.restart = restart;
    const auto program = make_program(options_, data_);
    const bool is_shared = restart == Restart::never;
    const auto one = program->prepare({1, 0, "", program->space().initial()}, data_);
    EXPECT_EQ(one->run(cell(0)).text, "1");
    const TextInput input{.request = &request_, .trials = 2};
    EXPECT_EQ(program->write(input, data_).text, is_shared ? "2" : "1");
    EXPECT_EQ(program->write(input, data_).text, is_shared ? "3" : "1");
    EXPECT_EQ(one->run(cell(0)).text, is_shared ? "4" : "1");
  }
}

TEST_F(WritingCommand, has_open_texts_only_if_it_stays) {
  answer("reply = 0");
  const auto program = make_program(options_, data_);
  EXPECT_TRUE(program->writes_texts());
  EXPECT_TRUE(program->space().find("prompt")->open);
  EXPECT_FALSE(program->space().find("a")->open);
  script("true");
  options_.command.mode = CommandMode::one_shot;
  EXPECT_FALSE(make_program(options_, data_)->writes_texts());
  EXPECT_FALSE(make_program(options_, data_)->space().find("prompt")->open);
}

}  // namespace
}  // namespace foundation::programs
