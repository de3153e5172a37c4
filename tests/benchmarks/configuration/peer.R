# Tunes the scenario with irace, by the same compiled cost function. Prints as `tune` does.
# Usage: Rscript peer.R LIBRARY RUNS SEED INSTANCES

suppressPackageStartupMessages(library(irace))

words <- commandArgs(trailingOnly = TRUE)
dyn.load(words[1])

cost <- function(it, instance) {
  depth <- if (is.na(it[["depth"]])) 0L else as.integer(it[["depth"]])
  .C("foundation_scenario_cost", as.integer(substring(it[["engine"]], 2)), as.double(it[["step"]]),
     as.double(it[["decay"]]), as.double(it[["mix"]]), depth,
     as.integer(it[["restart"]] == "yes"), as.integer(instance), cost = double(1))$cost
}

parameters <- readParameters(text = '
engine  "" c (e0, e1, e2, e3)
step    "" r (0, 10)
decay   "" r,log (0.0001, 1)
mix     "" r (0, 1)
depth   "" i (1, 50) | engine %in% c("e1", "e2")
restart "" c (no, yes)
', digits = 6)

scenario <- list(
  targetRunner = function(experiment, scenario)
    list(cost = cost(experiment$configuration, experiment$id.instance - 1)),
  instances = seq_len(as.integer(words[4])),
  maxExperiments = as.integer(words[2]),
  seed = as.integer(words[3]),
  deterministic = TRUE,
  digits = 6,
  sampleInstances = TRUE,
  logFile = "")

silent <- capture.output(best <- irace(scenario = scenario, parameters = parameters))
used <- grep("# Total number of experiments|# experimentsUsedSoFar|experimentsUsed", silent, value = TRUE)
runs <- if (length(used) > 0) gsub("[^0-9]", "", tail(used, 1)) else words[2]
it <- best[1, ]
cat(sprintf("runs=%s engine=%s step=%.9g decay=%.9g mix=%.9g depth=%d restart=%d\n", runs,
            substring(it$engine, 2), it$step, it$decay, it$mix,
            if (is.na(it$depth)) 0L else as.integer(it$depth), as.integer(it$restart == "yes")))
