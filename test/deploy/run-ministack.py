"""
Runs MiniStack until stdin closes: so it goes with the test's process, however that ends, and its Lambdas with it. Mends
what cannot be mended from outside: faults of its CloudFormation without which the stack would not come up, and `cdk import`
would find no template; and its certificate, which lacks the names that it gives to APIs.
"""

import os
import signal
import sys
import threading
from urllib.parse import urlparse


def end_with_parent():
    sys.stdin.buffer.read()
    os.killpg(os.getpgid(0), signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()

from ministack import app  # noqa: E402
from ministack.core import tls  # noqa: E402
from ministack.services.cloudformation import helpers  # noqa: E402
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS as resources  # noqa: E402

secret = resources["AWS::SecretsManager::Secret"]
alarm = resources["AWS::CloudWatch::Alarm"]
create_secret = secret["create"]
create_alarm = alarm["create"]


def create_secret_with_arn(logical_id, properties, stack_name):
    # `Ref` is the ARN, and here the name: a policy that allows reading the secret would allow nothing.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-secretsmanager-secret.html
    _, attributes = create_secret(logical_id, properties, stack_name)
    return attributes["Arn"], attributes


def create_alarm_without_math(logical_id, properties, stack_name):
    # Metric math is refused. The alarm is made of its first metric: nothing here waits for an alarm.
    properties = dict(properties)
    first = next((part["MetricStat"] for part in properties.pop("Metrics", []) if "MetricStat" in part), None)
    if first:
        properties |= {**first["Metric"], "Period": first["Period"], "Statistic": first["Stat"]}
    return create_alarm(logical_id, properties, stack_name)


def resolve_document_of_bucket(params, body_key, url_key, label):
    # The bucket is looked for in the path alone. `cdk import` names it in the host: https://BUCKET.s3.REGION.amazonaws.com/KEY
    url = urlparse(helpers._p(params, url_key))
    bucket, is_of_host, _ = (url.hostname or "").partition(".s3.")
    if is_of_host:
        params = dict(params) | {url_key: f"https://s3.amazonaws.com/{bucket}{url.path}"}
    return resolve_document(params, body_key, url_key, label)


names_of_certificate = tls._generated_cert_names
tls._generated_cert_names = lambda: [*names_of_certificate(), "*.execute-api.localhost"]
resolve_document = helpers._resolve_document
helpers._resolve_document = resolve_document_of_bucket
secret["create"] = create_secret_with_arn
alarm["create"] = create_alarm_without_math
# Over HTTPS it listens on port 443 as well where it may. One port is enough.
app._port_is_bindable = lambda host, port: False

app.main()
