import { CfnOutput } from 'aws-cdk-lib';
import { ApiMapping, DomainName, type HttpStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Construct } from 'constructs';

export interface CustomDomainProps {
  readonly domainName: string;
  /** ARN of its certificate, in the region of the stack. */
  readonly certificateArn: string;
  readonly stage: HttpStage;
}

/**
 * A host name of the API. Its DNS record is the operator's: an alias or CNAME to the output `DomainTarget…`.
 */
export class CustomDomain extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { domainName, certificateArn, stage }: CustomDomainProps) {
    super(scope, id);
    const domain = new DomainName(this, 'Name', {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
    });
    new ApiMapping(this, 'Mapping', { api: stage.api, domainName: domain, stage });
    this.url = `https://${domainName}/`;
    new CfnOutput(this, 'Url', { value: this.url });
    new CfnOutput(this, 'Target', {
      value: domain.regionalDomainName,
      description: `The DNS record of ${domainName} points here, as an alias or CNAME`,
    });
    new CfnOutput(this, 'HostedZoneId', {
      value: domain.regionalHostedZoneId,
      description: 'Hosted zone of the target, for an alias record in Route 53',
    });
  }
}
