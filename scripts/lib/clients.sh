# The clients that people use, for scripts/test.sh; to be sourced after common.sh. Node's come by npm into
# tests/clients/node/node_modules, Python's by pip into a virtual environment in the folder of the run.
# shellcheck shell=bash

NODE_CLIENTS=tests/clients/node
PYTHON_CLIENTS=tests/clients/python
PYTHON= # the interpreter that has the clients

# Node 18 or newer has the test runner that is used.
need_node_clients() {
    need_command node "nodejs npm" "nodejs npm" "nodejs npm" node
    need_command npm npm npm npm node
    [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 18')" = true ] || die "Node 18 or newer is needed"
    (cd "$NODE_CLIENTS" && npm ci --silent --no-progress)
}

need_python_clients() {
    local environment=$1
    need_command python3 "python3 python3-venv" python3 python3 python
    if ! python3 -m venv "$environment" 2>/dev/null; then
        install_packages "python3-venv" python3 python3 python || die "Python cannot make virtual environments here"
        python3 -m venv "$environment"
    fi
    PYTHON=$environment/bin/python
    "$PYTHON" -m pip install --quiet --disable-pip-version-check -r "$PYTHON_CLIENTS/requirements.txt"
}

# The tests of each, against BASE_URL. Each prints, last, how many passed and failed: "N passed, N failed".
run_node_clients() {
    local log=$1
    (cd "$NODE_CLIENTS" && timeout 600 node --test --test-reporter=spec) >"$log" 2>&1 || true
    awk '$2 == "tests" { t = $3 } $2 == "pass" { p = $3 } END { print p + 0 " passed, " (t ? t - p : 1) " failed" }' "$log"
}

run_python_clients() {
    local log=$1
    (cd "$PYTHON_CLIENTS" && timeout 300 "$PYTHON" -m unittest -v test_socketio) >"$log" 2>&1 || true
    awk '/ \.\.\. /{ seen = 1 } /ok$/{ p++ } /^Ran /{ t = $2 } END { print p + 0 " passed, " (t ? t - p : 1) " failed" }' "$log"
}
